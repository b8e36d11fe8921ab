"""What a check found out, in the words of the one who has to act."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "problem"]


@dataclass(frozen=True)
class Finding:
    """One line of a report.

    Args:
        level: ``problem``: annotators get no masks; ``warning``: they may not.
        what: What was found.
        remedy: What to change; empty where nothing is to be changed.
    """

    level: Level
    what: str
    remedy: str = ""


def ok(what: str) -> Finding:
    """All is well."""
    return Finding("ok", what)


def warning(what: str, remedy: str = "") -> Finding:
    """Something that may keep annotators from working."""
    return Finding("warning", what, remedy)


def problem(what: str, remedy: str = "") -> Finding:
    """Something that keeps annotators from working."""
    return Finding("problem", what, remedy)
