"""What is in an archive, one member after the other, whichever kind it is.

Archives come from strangers: a name may climb out of the folder, a link point
elsewhere, a few bytes unpack to a full disk.  Stricter here than the filter of
``tarfile``, which the first releases of Python 3.11 lack and ``zipfile`` has none of.
"""

import gzip
import posixpath
import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Literal, TypeAlias, cast

from gpcis_backend.data.archives.verify import Kind
from gpcis_backend.errors import DataNotFound

_ODD = re.compile(r"[\x00-\x1f\x7f\\]|^[A-Za-z]:")
_MAX_LINK = 4096  # bytes of the target of a link in a zip
_MAX_END = 2**24  # bytes of padding behind the last member of a tar

Sort: TypeAlias = Literal["file", "folder", "link"]


@dataclass(frozen=True, slots=True)
class Member:
    """A file, a folder or a link in an archive.

    Args:
        name: Relative path with slashes, which stays inside; "" is the top.
        sort: Devices and the like are refused.
        size: Bytes of a file, as the archive declares it.
        open: Its content; only until the next member is asked for.
    """

    name: str
    sort: Sort
    size: int
    open: Callable[[], IO[bytes]]


def members(path: Path, kind: Kind) -> Iterator[Member]:
    """All members in the order of the archive; their names are safe.

    Raises:
        DataNotFound: One is not: it climbs out, is a device, a link to elsewhere, ...
    """
    return _of_zip(path) if kind == "zip" else _of_tar(path, kind)


def _of_zip(path: Path) -> Iterator[Member]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            name, mode = _inside(info.orig_filename, path), info.external_attr >> 16
            if info.flag_bits & 1:
                raise DataNotFound(f"{path}: {info.filename} is encrypted.")
            sort: Sort = "folder" if info.is_dir() else "file"
            if stat.S_ISLNK(mode):
                with archive.open(info) as content:
                    target = content.read(_MAX_LINK).decode(errors="replace")
                _check_link(path, name, posixpath.dirname(name), target)
                sort = "link"
            elif stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise _refused(path, info.filename, "a device or the like")
            yield Member(name, sort, info.file_size, partial(archive.open, info))


def _of_tar(path: Path, kind: Kind) -> Iterator[Member]:
    with ExitStack() as stack:
        plain: IO[bytes] = stack.enter_context(path.open("rb"))
        if kind == "tar.gz":
            plain = cast(IO[bytes], stack.enter_context(gzip.open(plain)))
        with tarfile.open(fileobj=plain, mode="r|") as archive:
            for info in archive:
                yield _of_info(path, archive, info)
        if len(plain.read(_MAX_END)) == _MAX_END:  # gzip has its checksum behind it
            raise tarfile.ReadError("much follows behind the last member")


def _of_info(path: Path, archive: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    """One member of a tar."""
    name = _inside(info.name, path)
    if info.issym() or info.islnk():
        base = posixpath.dirname(name) if info.issym() else ""
        _check_link(path, name, base, info.linkname)
        return Member(name, "link", 0, _no_content)
    if info.isdir():
        return Member(name, "folder", 0, _no_content)
    if not info.isreg() or info.issparse():
        raise _refused(path, info.name, "a device or the like")
    return Member(name, "file", info.size, partial(_content, archive, info))


def _content(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    found = archive.extractfile(info)
    return found or _no_content()


def _no_content() -> IO[bytes]:
    """Of what is no file.

    Raises:
        ValueError: Always.
    """
    raise ValueError("only files have content")


def _inside(name: str, path: Path) -> str:
    """The name without needless parts, if it cannot lead out of the folder."""
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or _ODD.search(name):
        raise _refused(path, name, "which may lead out of the folder to unpack into")
    return "/".join(part for part in parts if part not in ("", "."))


def _check_link(path: Path, name: str, base: str, target: str) -> None:
    """Refuse a link that leads out of the folder."""
    end = posixpath.normpath(posixpath.join(base, target))
    if end.startswith(("/", "..")) or _ODD.search(target):
        raise _refused(path, name, f"a link to {target!r}, outside of the folder")


def _refused(path: Path, name: str, why: str) -> DataNotFound:
    return DataNotFound(
        f"{path} holds {name!r}, {why}: nothing of it was kept. It is not the "
        "published archive; fetch it from elsewhere."
    )
