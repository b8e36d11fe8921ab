"""Latest wins: of the calls about one object only the newest gets an answer."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from gpcis_backend.server.problems import Superseded

_MAX_OBJECTS = 4096  # remembered; the one that was quiet for longest is forgotten


class Mailbox:
    """The newest revision seen of each object of each browser tab."""

    def __init__(self) -> None:
        self._newest: OrderedDict[tuple[str, str, str], int] = OrderedDict()
        self._lock = threading.Lock()

    def post(self, client: str, image: str, name: str, rev: int) -> Callable[[], None]:
        """Announce a call; returns a check that raises once it is outdated.

        Args:
            client: Names the tab; a caller without a name is never outdated.
            image: Id of the image.
            name: Of the object on it.
            rev: Grows with every change of the object.

        Raises:
            Superseded: A newer revision has been seen already.
        """
        if not client:
            return lambda: None
        key = client, image, name
        with self._lock:
            self._newest[key] = max(rev, self._newest.get(key, rev))
            self._newest.move_to_end(key)
            if len(self._newest) > _MAX_OBJECTS:
                self._newest.popitem(last=False)

        def check() -> None:
            with self._lock:
                newest = self._newest.get(key, rev)
            if newest > rev:
                raise Superseded(f"Revision {rev} was overtaken by {newest}.")

        check()
        return check
