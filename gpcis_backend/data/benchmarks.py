"""The sets to evaluate on, by the names that the command line uses."""

from collections.abc import Callable
from pathlib import Path

from gpcis_backend.data.berkeley import berkeley
from gpcis_backend.data.davis import davis
from gpcis_backend.data.grabcut import grabcut
from gpcis_backend.data.held_out import held_out
from gpcis_backend.data.sample import Samples
from gpcis_backend.errors import InvalidInput

HELD_OUT = "held-out"  # of any instance folder; the others are published sets

_Reader = Callable[[Path], Samples]
_READERS: dict[str, _Reader] = {
    "grabcut": grabcut,
    "berkeley": berkeley,
    "davis": davis,
    HELD_OUT: held_out,
}


def open_dataset(name: str, root: Path) -> Samples:
    """The set called ``name``, found below ``root``.

    Raises:
        InvalidInput: Unknown name.
        DataNotFound: The set is missing or incomplete.
    """
    if name not in _READERS:
        known = ", ".join(_READERS)
        raise InvalidInput(f'The data set "{name}" is unknown; choose one of {known}.')
    return _READERS[name](root)
