"""The port: bound first, so that a busy one is known at once; served by waitress."""

import logging
import socket
from collections.abc import Callable

from waitress import create_server

from gpcis_backend.errors import InvalidInput
from gpcis_backend.server.app import create_app
from gpcis_backend.server.label_studio.screen import MAX_BYTES
from gpcis_backend.server.model_slot import ModelSlot
from gpcis_backend.server.settings import Settings

_MAX_BODY = 2 * MAX_BYTES  # read whole before a call refuses it in its own words
_NUM_THREADS = 64  # 32 may wait for the model, 16 for images; health checks must not


def bind(settings: Settings) -> socket.socket:
    """A socket on the port, not yet listening.

    Raises:
        InvalidInput: The port is taken, or the address is not this machine's.
    """
    where = f"{settings.host}, port {settings.port}"
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM
        )[0]
        listener = socket.socket(family, kind, proto)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise InvalidInput(
            f"Cannot listen on {where} ({error.strerror}); choose another --port."
        ) from None
    return listener


def run(
    settings: Settings,
    model: ModelSlot,
    listener: socket.socket,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve until interrupted; the model is loaded meanwhile.

    Args:
        settings: Limits and where the page lies.
        model: Starts to load once requests can be taken.
        listener: From ``bind``.
        on_ready: Called when the model is there or known to be missing.
    """
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("gpcis").setLevel(logging.INFO)  # which runtime, and why
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    app = create_app(settings, model)
    server = create_server(
        app,
        sockets=[listener],
        threads=_NUM_THREADS,
        ident="gpcis",
        clear_untrusted_proxy_headers=True,
        max_request_body_size=_MAX_BODY,
    )
    model.start(on_ready)
    server.run()
