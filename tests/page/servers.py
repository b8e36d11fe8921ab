"""Real servers for tests of the page: waitress on a free port, in threads."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from wsgiref.types import WSGIApplication

from flask import Flask
from waitress import create_server

from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.inference.engine import CACHE_BYTES, Engine
from gpcis_backend.inference.predictor import Predictor
from gpcis_backend.server.app import create_app
from gpcis_backend.server.model_slot import ModelSlot
from gpcis_backend.server.settings import Settings

_NUM_THREADS = 16

# Something a real deployment puts around the application, such as a sub-path.
Wrapping = Callable[[Flask], WSGIApplication]


def unwrapped(app: Flask) -> WSGIApplication:
    """The application as it is."""
    return app


@dataclass
class Site:
    """A running server; ``stop`` and ``start`` keep its port and its folders.

    Args:
        model: A predictor, or why there is none.
        settings: Of the server; ``web_dir`` must hold a built page.
        wrapping: Put around the application.
        path: Under which the wrapping shows the page.
        cache_bytes: Of what the engine keeps.
    """

    model: Predictor | ModelUnavailable
    settings: Settings
    wrapping: Wrapping = unwrapped
    path: str = "/"
    cache_bytes: int = CACHE_BYTES
    engine: Engine | None = None
    app: Flask | None = None
    _port: int = 0
    _stops: list[Callable[[], None]] = field(default_factory=list)

    def start(self) -> "Site":
        """Begin to listen."""
        content: Engine | ModelUnavailable
        if isinstance(self.model, ModelUnavailable):
            content = self.model
        else:
            content = self.engine = Engine(self.model, cache_bytes=self.cache_bytes)
        self.app = create_app(self.settings, ModelSlot.holding(content))
        server = create_server(
            self.wrapping(self.app),
            host="127.0.0.1",
            port=self._port,
            threads=_NUM_THREADS,
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        self._port = int(server.effective_port)

        def stop() -> None:
            def close() -> None:
                server.asyncore.close_all(map=server._map, ignore_all=True)

            with suppress(OSError):  # done before the trigger is pulled to the end
                server.trigger.pull_trigger(close)  # by the thread that reads them
            thread.join(timeout=10)
            server.task_dispatcher.shutdown(timeout=1)

        self._stops.append(stop)
        return self

    def stop(self) -> None:
        """Close the port and every connection to it."""
        while self._stops:
            self._stops.pop()()

    @property
    def url(self) -> str:
        """Of the page; ends with a slash."""
        return f"http://127.0.0.1:{self._port}{self.path}"
