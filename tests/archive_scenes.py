"""Archives as they should be, and as nobody should send them."""

import io
import stat
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from gpcis_backend.data.archives.catalogue import Archive, PublicSet

NOW = (2020, 1, 1, 0, 0, 0)


def zip_of(files: Mapping[str, bytes], modes: Mapping[str, int] | None = None) -> bytes:
    """A zip of these files, in order; modes are those of Unix."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, NOW)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (modes or {}).get(name, stat.S_IFREG | 0o644) << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def tar_of(
    files: Mapping[str, bytes], *odd: tarfile.TarInfo, mode: str = "w:gz"
) -> bytes:
    """A tar of these files, and members of other sorts behind them."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in odd:
            archive.addfile(info)
    return buffer.getvalue()


def tar_member(name: str, sort: bytes, target: str = "") -> tarfile.TarInfo:
    """A link, a device or the like."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = sort, target
    return info


def tree_of(folder: Path) -> dict[str, bytes]:
    """All files below a folder by their relative names."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def zipped_folder(folder: Path, prefix: str = "") -> bytes:
    """A zip of all files below a folder."""
    return zip_of({prefix + name: data for name, data in tree_of(folder).items()})


TINY_FILES = {"Tiny/img/a.png": b"picture", "Tiny/gt/a.png": b"mask"}


def tiny_set(digest: str | None = None, num_bytes: int | None = None) -> PublicSet:
    """A set of one archive that nobody publishes."""
    archive = Archive(
        file="Tiny.zip",
        part="all",
        urls=("http://127.0.0.1:9/Tiny.zip",),
        moves=(("img", "img"), ("gt", "gt")),
        digest=digest,
        num_bytes=num_bytes,
    )
    return PublicSet(
        name="tiny",
        about="one picture",
        page="",
        terms="none",
        folders=("eval/Tiny",),
        layouts=(("img", "gt"),),
        archives=(archive,),
    )
