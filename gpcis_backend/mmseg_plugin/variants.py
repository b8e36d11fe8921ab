"""What one row of an ablation changes in a training config, by name.

The first rows are those of the paper's Table 4 (Zhou et al. 2023); the others ask what
this package's own choices are worth, and what the field's usual ones would be.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from mmengine.config import Config

from gpcis_backend.errors import InvalidInput

Change: TypeAlias = Callable[[Config], None]  # in place

REFERENCE = "full"
"""The variant that the others are compared with: the config as it is."""


@dataclass(frozen=True, slots=True)
class Variant:
    """What one row of the table changes.

    Args:
        title: In words.
        changes: Of the config, after it was cut to the budget.
        is_twin: The ``ritm_*`` config instead of the ``gpcis_*`` one.
    """

    title: str
    changes: tuple[Change, ...] = ()
    is_twin: bool = False


def _set(**options: Any) -> Change:
    """Options by their dotted names, dots written as two underscores."""
    return lambda cfg: cfg.merge_from_dict(
        {name.replace("__", "."): value for name, value in options.items()}
    )


def _head(**settings: Any) -> Change:
    return lambda cfg: cfg.model.decode_head.update(settings)


def _gp(**settings: Any) -> Change:
    """Of the GP, beside those that the config gives."""

    def change(cfg: Config) -> None:
        head = cfg.model.decode_head
        head.gp = {**head.get("gp", {}), **settings}

    return change


def _step(kind: str, **settings: Any) -> Change:
    """Of the training transform of that kind."""

    def change(cfg: Config) -> None:
        for step in _steps(cfg, kind):
            step.update(settings)

    return change


def _steps(cfg: Config, kind: str) -> list[Any]:
    """The training transforms of that kind.

    Raises:
        InvalidInput: There are none.
    """
    pipeline = cfg.train_dataloader.dataset.pipeline
    found = [step for step in pipeline if kind in str(step.type)]
    if not found:
        raise InvalidInput(f"{cfg.filename} trains without {kind}.")
    return found


def _with_disks(cfg: Config) -> None:
    """Clicks that see a disk, where they see cells of a grid at all."""
    gp = cfg.model.decode_head.get("gp", {})
    if not gp.get("on_grid"):
        raise InvalidInput(f"{cfg.filename} has its GP on pixels, which have no disks.")
    gp.disk_radius = 4.0


def _even_sets(cfg: Config) -> None:
    """All pictures equally often; targets are merged as before."""
    dataset = cfg.train_dataloader.dataset
    if not dataset.sets or not all("weight" in each for each in dataset.sets):
        raise InvalidInput(f"{cfg.filename} draws from sets without weights already.")
    dataset.sets = tuple(
        {key: value for key, value in each.items() if key != "weight"}
        for each in dataset.sets
    )


def _deep(cfg: Config) -> None:
    """No click anywhere in its region."""
    parts = [cfg.model, *_steps(cfg, "SampleClicks")]
    if not any(part.get("anywhere") for part in parts):
        raise InvalidInput(f"{cfg.filename} draws no clicks anywhere in their region.")
    for part in parts:
        part.update(anywhere=0.0)


def _one_scale(cfg: Config) -> None:
    """Crops around the target of its middle size, none of a part of it."""
    crops = _steps(cfg, "CropObject")
    if not any(s.get("target_crop") or s.get("corrected_crop") for s in crops):
        raise InvalidInput(f"{cfg.filename} never crops around the target.")
    for step in crops:
        step.update(expansion=(1.4, 1.4), part_crop=0.0)


def _wide(cfg: Config) -> None:
    """A decoder half as wide again."""
    decoder = cfg.model.decode_head.decoder
    if "channels" not in decoder:
        raise InvalidInput(f"{cfg.filename} does not say how wide its decoder is.")
    decoder.channels = decoder.channels * 3 // 2


VARIANTS: dict[str, Variant] = {
    REFERENCE: Variant("the config as it is"),
    "no_vi": Variant("no L_VI", (_head(vi_weight=0.0),)),
    "fixed_kernel": Variant("fixed function-space kernel", (_gp(learn_kernel=False),)),
    "fixed_prior": Variant("fixed weight-space prior", (_gp(learn_prior=False),)),
    "no_rgb": Variant("no RGB concatenation", (_gp(with_colour=False),)),
    "no_prior_loss": Variant("no loss of the prior alone", (_head(prior_weight=0.0),)),
    "plain": Variant("plain head (the RITM twin)", is_twin=True),
    "vi_gradient": Variant("L_VI reaches the kernel", (_gp(detach_gram=False),)),
    "on_grid": Variant("the GP on the stride-4 grid", (_gp(on_grid=True),)),
    "on_pixels": Variant("the GP at every pixel", (_gp(on_grid=False),)),
    "no_places": Variant("kernel blind to places", (_gp(with_places=False),)),
    "median": Variant("median colours of 5 x 5 pixels", (_gp(median_side=5),)),
    "disks": Variant("clicks see a disk of 4 pixels", (_with_disks,)),
    "deep": Variant("all clicks deep inside their region", (_deep,)),
    "even_sets": Variant("all pictures equally often", (_even_sets,)),
    "no_jitter": Variant(
        "no changes of colour", (_step("JitterColours", probability=0.0),)
    ),
    "one_scale": Variant("crops around the target all of one scale", (_one_scale,)),
    "wide": Variant("a decoder half as wide again", (_wide,)),
    "ema": Variant(
        "weights averaged while training",
        (_set(default_hooks__ema={"type": "EMAHook", "momentum": 0.02}),),
    ),
    "paper": Variant("preset paper", (_head(preset_name="paper"),)),
    "release": Variant("preset release", (_head(preset_name="release"),)),
}
TABLE_4 = (REFERENCE, "no_vi", "fixed_kernel", "fixed_prior", "no_rgb")
