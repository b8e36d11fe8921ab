"""A public set onto this disk: fetched, verified, unpacked, and only then in place.

Downloads lie in a hidden folder of the set, what is being unpacked in another one
beside its place; a set is in its place whole or not at all, whenever the work ends.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gpcis_backend.data.archives.catalogue import Archive, PublicSet
from gpcis_backend.data.archives.download import Downloader
from gpcis_backend.data.archives.partial import NoRoom, Partial
from gpcis_backend.data.archives.unpack import unpack
from gpcis_backend.data.archives.verify import check_archive
from gpcis_backend.errors import DataNotFound, InvalidInput

_MAX_DEPTH = 5  # folders around a set in its archive


@dataclass(frozen=True, slots=True)
class Source:
    """Where an archive comes from.

    Args:
        archive: As the catalogue describes it.
        file: That the user has fetched; None to download.
        urls: Tried in this order.
    """

    archive: Archive
    file: Path | None
    urls: tuple[str, ...]


def downloads_folder(chosen: PublicSet, root: Path) -> Path:
    """Where the archives of a set are while they are needed."""
    return root / f".download-{chosen.name}"


def obtain(
    chosen: PublicSet,
    root: Path,
    sources: Sequence[Source],
    downloader: Downloader,
    *,
    is_kept: bool = False,
) -> Path:
    """Bring archives of a set here and put what they hold in its place.

    Args:
        chosen: The set.
        root: The data folder; made if it is missing.
        sources: Of its archives; those that are in place are passed over.
        downloader: Brings those without a file.
        is_kept: Downloaded archives are not deleted afterwards.

    Returns:
        The folder of the set.

    Raises:
        DataNotFound: An archive cannot be had, or is not what it should be.
        InvalidInput: The folder of the set holds something else.
    """
    downloads = downloads_folder(chosen, root)
    with _alone(downloads, chosen.name):
        place = chosen.place(root).resolve()  # a link may lead to a larger disk
        wanted = [one for one in sources if one.archive in chosen.missing(root)]
        _check_place(place, chosen)
        _check_room(wanted, downloads, downloader, is_kept)
        for source in wanted:
            file = source.file or _fetch(source, downloads, downloader)
            _install(source, file, chosen, place, downloader)
            if source.file is None and not is_kept:
                file.unlink()
    return place


def _check_place(place: Path, chosen: PublicSet) -> None:
    """Refuse to mix a set that comes whole with what somebody has put there."""
    if len(chosen.archives) > 1 or chosen.is_in(place):
        return
    if place.exists() and not (place.is_dir() and not any(place.iterdir())):
        expected = ", ".join(chosen.layouts[0])
        raise InvalidInput(
            f"{place} holds something else than {chosen.name} (expected {expected} "
            "there); move it away, or choose another place with --root."
        )


def _check_room(
    wanted: Sequence[Source], downloads: Path, downloader: Downloader, is_kept: bool
) -> None:
    """Refuse to begin what the disk cannot hold: archives, and what they unpack to.

    Photographs do not shrink in an archive: it unpacks to its own size at least.
    """
    sizes = [one.archive.size or 0 for one in wanted]
    fetched = [one.archive.size or 0 for one in wanted if one.file is None]
    archives = sum(fetched) if is_kept else max(fetched, default=0)
    targets = [downloads / one.archive.file for one in wanted if one.file is None]
    paths = [path for one in targets for path in (one, Partial(one).path)]
    here = sum(path.stat().st_size for path in paths if path.exists())
    needed, free = sum(sizes) + archives - here, downloader.free_bytes(downloads)
    if needed > free:
        raise NoRoom(
            f"{downloads.parent} has {free / 1e9:.2f} GB free, but about "
            f"{needed / 1e9:.2f} GB are needed for the archives and what they unpack "
            "to; make room, or choose another place with --root."
        )


def _fetch(source: Source, downloads: Path, downloader: Downloader) -> Path:
    """The archive in the folder of downloads, from the first address that has it."""
    archive, target = source.archive, downloads / source.archive.file
    if target.exists():  # kept by an earlier call, or by one that was interrupted
        return target
    problem: DataNotFound | None = None
    for url in source.urls:
        try:
            downloader.fetch(url, target, archive.num_bytes)
            return target
        except NoRoom:
            raise
        except DataNotFound as error:
            problem = problem or error
    raise problem or InvalidInput(f"{archive.file} has no address; pass --url.")


def _install(
    source: Source, file: Path, chosen: PublicSet, place: Path, downloader: Downloader
) -> None:
    """Unpack an archive, once it is verified, and move its parts into place."""
    staging = place.with_name(f".{place.name}.unpacking")
    shutil.rmtree(staging, ignore_errors=True)  # of a process that was killed
    try:
        kind = check_archive(file, source.archive, downloader.watch)
        staging.mkdir(parents=True)
        unpack(file, kind, staging, downloader.watch)
        found = _find(staging, source.archive, file)
        if len(chosen.archives) == 1:
            _move_whole(found, staging, place, source.archive)
        else:
            _move_parts(found, place, source.archive)
    except NoRoom:
        raise
    except DataNotFound as error:
        if source.file is not None:
            raise
        aside = file.replace(file.with_name(f"{file.name}.damaged"))
        raise DataNotFound(f"{error} The file is now {aside}.") from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _find(staging: Path, archive: Archive, file: Path) -> Path:
    """The outermost folder that holds all the parts that are kept."""
    level = [staging]
    for _ in range(_MAX_DEPTH):
        for folder in level:
            if all((folder / part).exists() for part, _ in archive.moves):
                return folder
        level = [path for folder in level for path in sorted(folder.glob("*/"))]
    expected = ", ".join(part for part, _ in archive.moves)
    raise DataNotFound(
        f"{file} does not hold {expected} in one folder: it is another archive than "
        f"the published {archive.file}."
    )


def _move_whole(found: Path, staging: Path, place: Path, archive: Archive) -> None:
    """Put all parts into a new folder, then that in place by a single step."""
    whole = staging / ".whole"
    _move_parts(found, whole, archive)
    whole.rename(place)


def _move_parts(found: Path, place: Path, archive: Archive) -> None:
    """Rename the parts that are not in place yet, each whole or not at all."""
    for part, path in archive.moves:
        target = place / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            (found / part).rename(target)


@contextmanager
def _alone(folder: Path, name: str) -> Iterator[None]:
    """Make a folder and own it until the end of this process, however it ends.

    Raises:
        DataNotFound: Another process owns it.
    """
    import fcntl  # not on Windows, where the rest of this package can be imported

    lock = -1
    while lock < 0 or not _is_same(lock, folder):  # else it was removed meanwhile
        if lock >= 0:
            os.close(lock)
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise DataNotFound(
                f"Another gpcis data get {name} is at work in {folder}; wait until it "
                "has ended."
            ) from None
    try:
        yield
    finally:
        if not any(folder.iterdir()):
            folder.rmdir()
        os.close(lock)


def _is_same(lock: int, folder: Path) -> bool:
    return folder.exists() and os.path.samestat(os.fstat(lock), folder.stat())
