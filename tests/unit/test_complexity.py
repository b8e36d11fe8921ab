"""Parameters and multiply-adds by part: they add up, and the GP's are the paper's."""

from pathlib import Path

import pytest

from gpcis_backend.mmseg_plugin.build import build_model, model_settings
from gpcis_backend.mmseg_plugin.complexity import Part, complexity, total

_SIDE = 64
_SCALE = (384 // _SIDE) ** 2


def test_the_gp_head_costs_what_the_paper_says(root: Path) -> None:
    """Acceptance (7): 1,925,185,536 for theta.z at 384 px, at full resolution."""
    head = _parts(root, "gpcis_hrnet18s", clicks=0)["GP head"]

    assert head.macs * _SCALE == 1_925_185_536
    assert head.parameters == 18_707


def test_each_click_costs_one_product_of_inputs_a_pixel(root: Path) -> None:
    """Section 2: P n (D + 3), plus what the few clicks cost among themselves."""
    none, some = (
        _parts(root, "gpcis_hrnet18s", side=128, clicks=n)["GP head"].macs
        for n in (0, 20)
    )

    assert (some - none) / (128**2 * 20 * 51) == pytest.approx(1, abs=0.1)


def test_a_plain_head_costs_the_same_with_any_clicks(root: Path) -> None:
    """RITM's, 0.05 M and 0.5 G at 384 px, is its two separable convolutions."""
    few, many = (_parts(root, "ritm_r50", clicks=n) for n in (0, 20))

    assert few == many
    assert round(few["head"].parameters / 1e6, 2) == 0.05
    assert round(few["head"].macs * _SCALE / 1e9, 1) == 0.5


@pytest.mark.parametrize("name", ["gpcis_lite0", "ritm_segformer_b0"])
def test_parts_hold_every_parameter_once(root: Path, name: str) -> None:
    model = build_model(model_settings(root / "mmseg_configs" / f"{name}.py"))

    parts = complexity(model, _SIDE)

    whole = sum(part.numel() for part in model.parameters())
    assert total(parts).parameters == whole
    assert all(part.macs > 0 for part in parts)


def test_the_backbone_grows_with_the_picture(root: Path) -> None:
    small, large = (_parts(root, "ritm_hrnet18s", side=side) for side in (64, 128))

    for part in ("backbone", "click branch", "head"):
        assert large[part].macs == 4 * small[part].macs


def _parts(
    root: Path, name: str, *, side: int = _SIDE, clicks: int = 1
) -> dict[str, Part]:
    model = build_model(model_settings(root / "mmseg_configs" / f"{name}.py"))
    return {part.name: part for part in complexity(model, side, clicks)}
