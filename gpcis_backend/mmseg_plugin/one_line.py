"""Errors of the data as one line and an exit status, not as a traceback.

``mim`` starts mmseg's own script, which catches nothing; and what a worker process of
a data loader raises arrives in the main process wrapped, with the worker's traceback.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from torch.utils.data import get_worker_info

from gpcis_backend.errors import GpcisError

_T = TypeVar("_T")


class WorkerFailure(Exception):
    """The line on its way out of a worker, through ``torch``'s ``ExceptionWrapper``.

    That makes the exception anew from the text of the worker's traceback; here it
    becomes the exit with the one line in it.
    """

    def __new__(cls, text: str) -> Any:
        """The exit, if ``text`` is the traceback of such a failure."""
        _, is_wrapped, line = text.rpartition(f"{cls.__name__}: ")
        return SystemExit(line.strip()) if is_wrapped else super().__new__(cls, text)


def or_exit(read: Callable[[], _T]) -> _T:
    """The value, or the one line that mim's user needs instead of a traceback."""
    try:
        return read()
    except GpcisError as error:
        raise stop(str(error)) from None


def stop(message: str) -> BaseException:
    """What to raise so that the program ends with ``message`` as its one line."""
    line = f"gpcis: {message}"
    return SystemExit(line) if get_worker_info() is None else WorkerFailure(line)
