"""Build the page: copy its files to where the server and the wheel look for them.

python frontend/build.py [--out DIR]
"""

import argparse
import shutil
from pathlib import Path

SOURCE = Path(__file__).resolve().parent
DIST = SOURCE.parent / "gpcis_backend" / "server" / "web" / "dist"

_FILES = ("index.html", "app.css", "main.js", "mask.js", "icon.svg", "samples")


def build(out: Path = DIST) -> None:
    """Replace ``out``, an earlier build or an empty folder, by a fresh copy."""
    if out.is_dir() and any(out.iterdir()) and not (out / "index.html").is_file():
        raise SystemExit(f"{out} is not an earlier build of the page; nothing is done.")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for name in _FILES:
        source = SOURCE / name
        copy = shutil.copytree if source.is_dir() else shutil.copyfile
        copy(source, out / name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=DIST)
    folder = parser.parse_args().out
    build(folder)
    print(f"The page lies in {folder}")
