"""An mmseg click model behind ``Predictor``; only this module knows mmseg_plugin."""

from concurrent.futures import ThreadPoolExecutor
from copy import copy
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Self

from gpcis_backend.clicks.click import Click, Image, Prob
from gpcis_backend.clicks.geometry import View
from gpcis_backend.errors import InvalidInput
from gpcis_backend.inference.predictor import Encoding, Latent, Mode
from gpcis_backend.inference.preview import (
    MOST_PASSES,
    KnownMaps,
    Picture,
    WatchedModel,
    WholePass,
)
from gpcis_backend.inference.quality import read_calibration
from gpcis_backend.mmseg_plugin.build import load_model, model_settings, settings_digest
from gpcis_backend.mmseg_plugin.served_model import RunNetwork, ServedModel
from gpcis_backend.mmseg_plugin.stepping import ClickModel, view_latent, view_prob

_CELL_BYTES = 4 * 102  # of a pass, for each cell of stride 4: 96 features, and more


class TorchPredictor:
    """Runs the whole network for every click; ``encode`` only keeps the image.

    The network runs in one thread, whoever calls: torch keeps a pool of workers and
    memory for every thread that ever ran it (32 callers: 1.2 GB).

    Args:
        checkpoint: ``.safetensors`` or ``.pth``.
        config: mmseg config, where the checkpoint does not carry its own.
        device: Such as ``cpu`` or ``cuda``.

    Raises:
        ModelUnavailable: A file is missing, damaged, or belongs to another model.
    """

    def __init__(
        self, checkpoint: Path, config: Path | None = None, device: str = "cpu"
    ) -> None:
        self.model = load_model(checkpoint, config, device)
        self.click_model: ClickModel = self.model
        self.runtime = "torch, as trained"
        self.checkpoint_sha256 = sha256(checkpoint.read_bytes()).hexdigest()
        self.settings_sha256 = (
            None if config is None else settings_digest(model_settings(config))
        )
        self.calibration = read_calibration(checkpoint, self.checkpoint_sha256)
        self.config = config.stem if config is not None else checkpoint.stem
        self.device = device
        self.num_parameters = sum(p.numel() for p in self.model.parameters())
        self.noise_var: float | None = getattr(
            self.model.decode_head, "test_noise_var", None
        )
        self.own_zoom = self.model.own_zoom
        self.has_preview = False
        self._runner = ThreadPoolExecutor(1, thread_name_prefix="torch")

    @property
    def name(self) -> str:
        """Config and the first digits of the weights' digest."""
        return f"{self.config}-{self.checkpoint_sha256[:12]}"

    def encode(self, image: Image) -> Encoding:
        """Keep the image: every click moves the view, so there is nothing to compute.

        Raises:
            InvalidInput: Not uint8 RGB (H, W, 3) with at least one pixel.
        """
        if image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
            raise InvalidInput(f"expected an RGB image (H, W, 3), found {image.shape}")
        if image.dtype != "uint8":
            raise InvalidInput(f"expected uint8 pixels, found {image.dtype}")
        height, width = image.shape[:2]
        side = max(self.own_zoom.size, self.own_zoom.late_size or 0)
        cells = (side // 4) ** 2
        passes = MOST_PASSES * (_CELL_BYTES * cells + 4 * height * width)
        most = image.nbytes + (passes if self.has_preview else 0)
        return Encoding(height, width, most, Picture(image))

    def predict(
        self,
        encoding: Encoding,
        clicks: tuple[Click, ...],
        prev_mask: Prob | None = None,
        *,
        view: View | None = None,
        mode: Mode = "refine",
    ) -> Prob:
        """As ``Predictor.predict``.

        Raises:
            InvalidInput: ``preview`` was asked for where ``can_preview`` is false.
        """
        picture: Picture = encoding.features
        if mode == "preview":
            known = picture.before(clicks, prev_mask) if self.has_preview else None
            if known is None:
                raise InvalidInput(f"{self.config} has no {mode} here; ask for refine")
            model = KnownMaps(self._served(), known.maps)
            return self._run(model, picture.image, clicks, None, known.view)
        if view is None:
            view = self.own_zoom.view(encoding.height, encoding.width, (), None, None)
        if not self.has_preview:
            return self.look(picture.image, clicks, prev_mask, view)
        watched = WatchedModel(self._served())
        prob = self._run(watched, picture.image, clicks, prev_mask, view)
        assert watched.maps is not None
        picture.keep(WholePass(clicks, view, watched.maps, prob))
        return prob

    def can_preview(
        self, encoding: Encoding, clicks: tuple[Click, ...], prev_mask: Prob | None
    ) -> bool:
        """Whether the pass that gave ``prev_mask`` is there to add clicks to."""
        picture: Picture = encoding.features
        return self.has_preview and picture.before(clicks, prev_mask) is not None

    def with_preview(self) -> Self:
        """The same model in its served form, with quick first answers."""
        self._served()
        other = copy(self)
        other.has_preview = True
        return other

    def _served(self) -> ServedModel:
        """The model that is served.

        Raises:
            InvalidInput: This predictor answers as the model was trained.
        """
        if not isinstance(self.click_model, ServedModel):
            raise InvalidInput(f"{self.config} is not served, so it has no preview.")
        return self.click_model

    def look(
        self, image: Image, clicks: tuple[Click, ...], prev: Prob | None, view: View
    ) -> Prob:
        """One pass of the network; arguments as ``stepping.view_prob``.  (H, W)."""
        return self._run(self.click_model, image, clicks, prev, view)

    def _run(
        self,
        model: ClickModel,
        image: Image,
        clicks: tuple[Click, ...],
        prev: Prob | None,
        view: View,
    ) -> Prob:
        given = model, image, clicks, prev, view
        look = partial(view_prob, *given, noise_var=self.noise_var)
        return self._runner.submit(look).result()

    def with_noise_var(self, noise_var: float) -> Self:
        """The same model with another ε² of its Gaussian process.

        Raises:
            InvalidInput: It has none.
        """
        if self.noise_var is None:
            raise InvalidInput(
                f"{self.config} is no Gaussian process: it has no noise variance."
            )
        other = copy(self)
        other.noise_var = noise_var
        return other

    def as_served(
        self, network: RunNetwork | None = None, runtime: str = "torch"
    ) -> "TorchPredictor":
        """The same model in the form that answers sooner; see ``ServedModel``.

        Args:
            network: Another runtime's, as ``NetworkPart.forward``.
            runtime: What runs the network and why, for the log.
        """
        other = copy(self)
        other.click_model = ServedModel(self.model, network)
        other.runtime = runtime
        return other

    @property
    def has_latent(self) -> bool:
        """Whether the model is a Gaussian process."""
        return bool(self.model.has_latent)

    def latent(
        self,
        encoding: Encoding,
        clicks: tuple[Click, ...],
        prev_mask: Prob | None,
        *,
        view: View,
    ) -> Latent:
        """As ``LatentPredictor.latent``, at the network's size."""
        given = encoding.features.image, clicks, prev_mask, view
        return Latent(
            *self._runner.submit(view_latent, self.click_model, *given).result()
        )
