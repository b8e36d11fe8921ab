"""Settings of the GP, and the three presets of them.

``paper`` is what Zhou et al. 2023 print, ``release`` what their code does, ``gpcis``
ours: the release's initial values with the paper's target variance and an L_VI that is
averaged image by image.
"""

from dataclasses import dataclass, replace
from typing import Literal

from gpcis_backend.gp.features import Basis
from gpcis_backend.gp.variational import VIForm


@dataclass(frozen=True, slots=True)
class GPSettings:
    """Everything about the GP that is not learned.

    Args:
        basis: Trigonometric function of the random features.
        unit_freq: Initial frequencies N(0, 1) and phases U(0, 2π), else Xavier and 0.
        weights_mean_std: Standard deviation of the initial prior weights.
        weights_std: Initial standard deviation of the prior weights' distribution.
        weights_std_range: Bounds that it is clamped to, None for none.
        target_var: σ², variance of the targets at the clicks.
        colour_weight_form: η₀ = exp(ρ) or softplus(ρ), ρ = 0 at first.
        vi_form: How L_VI is averaged.
        detach_gram: Keep L_VI from changing the kernel.
        learn_kernel: Learn λ and η₀; else they keep their initial values.
        learn_prior: Learn θ, τ, μ_w and σ_w; else they keep those they were drawn with:
            a prior of fixed random features.
        with_colour: Join RGB to the features; else the kernel has no colour term, and
            prior and targets see the features alone.
        with_places: Let half of the feature term, and all of the colour term, fade
            with the distance from the click, by learned shares and reaches.
        median_side: Side of the square whose median colour stands for a pixel's own;
            odd, 1 leaves the colours as they are.
        disk_radius: Clicks see the mean over a disk of so many pixels around them, on
            the grid only; 0 for their own pixel.  The guarantees are then those of the
            mean, whose value the clicked pixel is given at test time.
        on_grid: Let the GP live on the features' grid, of which pixels and clicks see
            the four cells around them bilinearly; colours are means of cells.  An exact
            GP too, and its cost beside the network's is small.
        chunk_pixels: Pixels handled at once; bounds the memory.
    """

    basis: Basis = "sin"
    unit_freq: bool = False
    weights_mean_std: float = 0.25
    weights_std: float = 0.025
    weights_std_range: tuple[float, float] | None = (0.01, 0.05)
    target_var: float = 0.01
    colour_weight_form: Literal["exp", "softplus"] = "exp"
    vi_form: VIForm = "image_mean"
    detach_gram: bool = True
    learn_kernel: bool = True
    learn_prior: bool = True
    with_colour: bool = True
    with_places: bool = False
    median_side: int = 1
    disk_radius: float = 0.0
    on_grid: bool = False
    chunk_pixels: int = 65_536

    def __post_init__(self) -> None:
        """Raise ValueError where a disk has no grid to lie on."""
        if self.disk_radius < 0 or (self.disk_radius and not self.on_grid):
            raise ValueError("disk_radius must not be negative and needs on_grid")


PRESETS: dict[str, GPSettings] = {
    "gpcis": GPSettings(),
    "paper": GPSettings(
        basis="cos",
        unit_freq=True,
        weights_mean_std=0.5,
        weights_std=0.025**0.5,
        weights_std_range=None,
        vi_form="sum",
        detach_gram=False,
    ),
    "release": GPSettings(
        target_var=1e-4, colour_weight_form="softplus", vi_form="batch_mean"
    ),
}


def preset(name: str, **changes: object) -> GPSettings:
    """The named preset with some settings changed.

    Raises:
        ValueError: Unknown preset or setting.
    """
    if name not in PRESETS:
        raise ValueError(f"unknown preset {name!r}, expected one of {sorted(PRESETS)}")
    try:
        return replace(PRESETS[name], **changes)  # type: ignore[arg-type]
    except TypeError as error:
        raise ValueError(f"unknown GP setting: {error}") from error
