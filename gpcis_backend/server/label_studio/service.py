"""What all instances of the prediction class share: model, images, projects, journal.

Label Studio's hosts make and drop instances at will, so nothing that costs time or
must be remembered lives in one.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from gpcis_backend import __version__
from gpcis_backend.clicks.click import Image
from gpcis_backend.errors import Busy, GpcisError
from gpcis_backend.inference.engine import Engine
from gpcis_backend.inference.images import read_image
from gpcis_backend.inference.load import SHIPPED
from gpcis_backend.inference.lru import ByteBoundedCache
from gpcis_backend.server.label_studio.fetching.fetch import ImageFetcher
from gpcis_backend.server.label_studio.fetching.tokens import Access, choose_access
from gpcis_backend.server.label_studio.journal import Journal
from gpcis_backend.server.model_slot import ModelSlot, load_engine
from gpcis_backend.server.settings import Settings

_log = logging.getLogger("gpcis")

_PICTURE_BYTES = 256 * 2**20
_MAX_PROJECTS = 1024
_MAX_AT_ONCE = 24  # predictions; fewer than the server's threads, so that /health lives
_MAX_LARGE = 4  # of them holding masks in memory at once
_MAX_PREFETCH = 4  # pictures being fetched before their first click


@dataclass(frozen=True, slots=True)
class Picture:
    """A task's image.

    Args:
        key: Names its content in every cache.
        pixels: Upright RGB.  (H, W, 3)
    """

    key: str
    pixels: Image


class Service:
    """Model, images, projects and journal of one server process; safe for threads.

    Args:
        settings: Limits, and which Label Studio is trusted.
        model: Makes the masks.
        fetcher: Brings images.
    """

    def __init__(
        self, settings: Settings, model: ModelSlot, fetcher: ImageFetcher | None = None
    ) -> None:
        self.settings, self.model = settings, model
        self.journal = Journal()
        self._fetcher = fetcher or ImageFetcher(settings.fetch)
        self._pictures = ByteBoundedCache[Picture](_PICTURE_BYTES)
        self._decoding = threading.Lock()  # a picture is decoded once, by one thread
        self._claims: OrderedDict[str, Access] = OrderedDict()
        self._claiming = threading.Lock()
        self._places = threading.BoundedSemaphore(_MAX_AT_ONCE)
        self._large = threading.BoundedSemaphore(_MAX_LARGE)
        self._ahead = threading.BoundedSemaphore(_MAX_PREFETCH)
        _digest(settings.checkpoint or SHIPPED)  # /health must not wait for a disk

    @property
    def model_version(self) -> str:
        """Stable name of program and weights, known before the weights are loaded."""
        if self.model.state == "ready":
            predictor = self.model.engine().predictor
            digest = getattr(predictor, "checkpoint_sha256", None) or "unknown"
        else:
            digest = _digest(self.settings.checkpoint or SHIPPED)
        return f"gpcis-{__version__}-{digest[:8]}"

    def remember(
        self, project: str, hostname: object, token: object, peer: str | None
    ) -> None:
        """Note where ``/setup`` says that a project lives, if its caller may say so.

        Args:
            project: As Label Studio names it in its calls.
            hostname: Label Studio's address of itself.
            token: Of the project's creator.
            peer: Address of the caller; None if it is not known.
        """
        claim = Access.claimed(hostname, token)
        configured = self.settings.fetch.label_studio
        if claim is None or choose_access(configured, claim, peer) is None:
            return
        with self._claiming:
            self._claims[_project_id(project)] = claim
            self._claims.move_to_end(_project_id(project))
            if len(self._claims) > _MAX_PROJECTS:
                self._claims.popitem(last=False)

    def access(
        self, project: str, peer: str | None, claimed: Access | None = None
    ) -> Access | None:
        """Which Label Studio a project's images may be fetched from, and its token.

        Args:
            project: As Label Studio names it in its calls.
            peer: Address of the caller; None if it is not known.
            claimed: What the host says, if nothing was remembered.
        """
        with self._claiming:
            claim = self._claims.get(_project_id(project), claimed)
        return choose_access(self.settings.fetch.label_studio, claim, peer)

    def picture(self, uri: str, access: Access | None, task_id: int | None) -> Picture:
        """A task's image, fetched and decoded only once while it is remembered.

        Raises:
            GpcisError: It cannot be fetched or decoded.
        """
        data = self._fetcher.fetch(uri, access, task_id=task_id)
        key = sha256(data).hexdigest()
        with self._decoding:
            known = self._pictures.get(key)
            if known is not None:
                return known
            limit = self.settings.max_pixels
            picture = Picture(key, read_image(data, max_pixels=limit))
            self._pictures.put(key, picture, picture.pixels.nbytes)
            return picture

    def prefetch(self, uri: str, access: Access | None, task_id: int | None) -> None:
        """As ``picture``, in the background, unless many are under way already."""
        if self._ahead.acquire(blocking=False):
            job = (uri, access, task_id)
            threading.Thread(target=self._bring, args=job, daemon=True).start()

    def engine(self) -> Engine:
        """The model.

        Raises:
            ModelUnavailable: Not loaded yet, or not at all.
        """
        return self.model.engine()

    @contextmanager
    def place(self) -> Iterator[None]:
        """One of the places for predictions; few at a time may hold masks in memory.

        Raises:
            Busy: All are taken.
        """
        if not self._places.acquire(blocking=False):
            raise Busy(f"{_MAX_AT_ONCE} predictions are under way; click again soon.")
        try:
            with self._large:
                yield
        finally:
            self._places.release()

    def to_json(self) -> dict[str, Any]:
        """Counters for ``/metrics``."""
        pictures = {"num": len(self._pictures), "bytes": self._pictures.num_bytes}
        return {**self.journal.to_json(), "pictures": pictures}

    def _bring(self, uri: str, access: Access | None, task_id: int | None) -> None:
        try:
            picture = self.picture(uri, access, task_id)
            if self.model.state == "ready":
                self.engine().prepare(picture.key, picture.pixels)
        except GpcisError as error:
            self.journal.note("fetching ahead", error)
        except Exception:
            _log.exception("internal error while fetching ahead")
        finally:
            self._ahead.release()


@cache
def own_service() -> Service:
    """The service of a process whose server is not ours; its model loads meanwhile."""
    settings = Settings.from_env()
    weights = settings.checkpoint, settings.config, settings.device, settings.runtime
    return Service(settings, ModelSlot(partial(load_engine, *weights)).start())


def _project_id(project: str) -> str:
    """Without the time stamp that Label Studio's calls append."""
    return project.partition(".")[0]


@cache
def _digest(checkpoint: Path) -> str:
    try:
        return sha256(checkpoint.read_bytes()).hexdigest()
    except OSError:
        return "none"
