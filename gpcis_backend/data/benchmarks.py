"""The evaluation sets by the names that the command line uses."""

from collections.abc import Callable
from pathlib import Path

from gpcis_backend.data.berkeley import berkeley
from gpcis_backend.data.davis import davis
from gpcis_backend.data.grabcut import grabcut
from gpcis_backend.data.image_pairs import ImagePairs
from gpcis_backend.errors import InvalidInput

_Reader = Callable[[Path], ImagePairs]
BENCHMARKS: dict[str, _Reader] = {
    "grabcut": grabcut,
    "berkeley": berkeley,
    "davis": davis,
}


def open_dataset(name: str, root: Path) -> ImagePairs:
    """The evaluation set called ``name``, found below ``root``.

    Raises:
        InvalidInput: Unknown name.
        DataNotFound: The set is missing or incomplete.
    """
    if name not in BENCHMARKS:
        known = ", ".join(BENCHMARKS)
        raise InvalidInput(f'The data set "{name}" is unknown; choose one of {known}.')
    return BENCHMARKS[name](root)
