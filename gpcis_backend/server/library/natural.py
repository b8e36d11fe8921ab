"""The order in which people count: 2 before 10."""

import re

_DIGITS = re.compile(r"(\d+)")


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts numbers inside names by value, letters without regard to case.

    >>> sorted(["b", "a10", "A2"], key=natural_key)
    ['A2', 'a10', 'b']
    """
    parts = _DIGITS.split(name.casefold())
    return tuple(
        (1, int(part[:4000]), "") if num % 2 else (0, 0, part)
        for num, part in enumerate(parts)
    )
