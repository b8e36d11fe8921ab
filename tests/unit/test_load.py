"""From a weight file to a predictor: the shipped model, other models, refusals."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict
from mmseg.structures import SegDataSample

from gpcis_backend.clicks.click import Click
from gpcis_backend.errors import InvalidInput, ModelUnavailable
from gpcis_backend.inference.load import SHIPPED, load_predictor
from gpcis_backend.inference.torch_predictor import TorchPredictor
from gpcis_backend.mmseg_plugin.benchmark import plain_twin
from gpcis_backend.mmseg_plugin.build import build_model, model_settings, publish
from gpcis_backend.mmseg_plugin.checkpoint import read_checkpoint, write_safetensors
from gpcis_backend.mmseg_plugin.plain_head import PlainHead

CONFIGS = Path(__file__).parents[2] / "mmseg_configs"
LITE, PLAIN = CONFIGS / "gpcis_lite0.py", CONFIGS / "ritm_lite0.py"


@pytest.fixture(scope="module")
def shipped() -> TorchPredictor:
    return load_predictor()


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("run") / "epoch_1.pth"
    state = build_model(model_settings(LITE)).state_dict()
    torch.save({"state_dict": state, "meta": {}}, path)
    return path


def test_shipped_weights_are_small_and_carry_their_settings(
    shipped: TorchPredictor,
) -> None:
    assert SHIPPED.stat().st_size <= 12e6
    assert shipped.config == "gpcis_lite0"
    assert len(shipped.checkpoint_sha256) == 64


def test_the_same_clicks_give_the_same_mask(shipped: TorchPredictor) -> None:
    image = np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8)
    encoding = shipped.encode(image)
    clicks = (Click(20, 30, True), Click(50, 80, False))

    first, second = (shipped.predict(encoding, clicks) for _ in range(2))

    assert first.shape == (60, 90)
    assert first.dtype == np.float32
    assert np.array_equal(first, second)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1)], ids=str)
def test_thin_images_and_no_clicks_work(
    shipped: TorchPredictor, size: tuple[int, int]
) -> None:
    encoding = shipped.encode(np.full((*size, 3), 90, np.uint8))

    none = shipped.predict(encoding, ())
    one = shipped.predict(encoding, (Click(0, 0, True),))

    assert none.shape == one.shape == size
    assert np.isfinite(none).all()
    assert one[0, 0] > 0.5


def test_a_loaded_model_answers_mmsegs_own_predict(shipped: TorchPredictor) -> None:
    sample = SegDataSample(metainfo={"clicks": [(8, 8, 1)], "ori_shape": (32, 32)})
    sample.set_metainfo({"img_shape": (32, 32), "pad_shape": (32, 32)})

    with torch.no_grad():
        (answer,) = shipped.model(torch.zeros(1, 3, 32, 32), [sample], mode="predict")

    assert answer.seg_logits.data.shape == (1, 32, 32)
    assert answer.seg_logits.data[0, 8, 8] > 0


def test_an_image_that_is_not_rgb_bytes_is_refused(shipped: TorchPredictor) -> None:
    with pytest.raises(InvalidInput, match=r"\(H, W, 3\)"):
        shipped.encode(np.zeros((5, 5), np.uint8))
    with pytest.raises(InvalidInput, match="uint8"):
        shipped.encode(np.zeros((5, 5, 3), np.float32))


def test_publishing_changes_masks_by_rounding_only(
    checkpoint: Path, tmp_path: Path
) -> None:
    small = tmp_path / "model.safetensors"
    publish(checkpoint, LITE, small, {})
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    clicks = (Click(20, 30, True),)

    probs = [
        predictor.predict(predictor.encode(image), clicks)
        for predictor in (load_predictor(checkpoint, LITE), load_predictor(small))
    ]

    np.testing.assert_allclose(probs[0], probs[1], atol=0.02)


def test_the_mean_of_two_weight_files_is_published(
    checkpoint: Path, tmp_path: Path
) -> None:
    """A narrower decoder of the second counts as one that gives zero to the rest."""
    settings, out = ConfigDict(model_settings(LITE)), tmp_path / "mean.safetensors"
    width = settings.decode_head.decoder.channels
    settings.decode_head.decoder.channels = width - 8
    other, name = build_model(settings).state_dict(), "decode_head.projection.weight"
    torch.save({"state_dict": other}, tmp_path / "other.pth")

    publish(checkpoint, LITE, out, {}, mean_with=tmp_path / "other.pth")

    mine, mean = (read_checkpoint(path)[1][name] for path in (checkpoint, out))
    expected = (mine[:, :-8] + other[name]) / 2, mine[:, -8:] / 2
    torch.testing.assert_close(
        mean.float(), torch.cat(expected, 1), rtol=1e-3, atol=1e-6
    )
    load_predictor(out)


def test_weights_of_another_model_are_not_averaged(
    checkpoint: Path, tmp_path: Path
) -> None:
    torch.save({"state_dict": {"w": torch.zeros(2)}}, tmp_path / "other.pth")

    with pytest.raises(ModelUnavailable, match=r"other\.pth belongs to another"):
        publish(checkpoint, LITE, tmp_path / "x", {}, mean_with=tmp_path / "other.pth")


@pytest.mark.parametrize("place", ["missing/model.safetensors", "."])
def test_a_place_that_cannot_be_written_is_named(
    checkpoint: Path, tmp_path: Path, place: str
) -> None:
    with pytest.raises(InvalidInput, match=r"cannot be written: \w"):
        publish(checkpoint, LITE, tmp_path / place, {})

    assert not list(tmp_path.glob("**/.*"))


def test_published_weights_may_be_read_by_all_who_could_read_a_new_file(
    checkpoint: Path, tmp_path: Path
) -> None:
    (tmp_path / "new").touch()

    publish(checkpoint, LITE, tmp_path / "model.safetensors", {})

    modes = {path.stat().st_mode for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_only_a_gp_model_with_its_settings_has_a_plain_twin(
    checkpoint: Path, tmp_path: Path
) -> None:
    ritm = tmp_path / "ritm.safetensors"
    write_safetensors(ritm, {"any": torch.zeros(1)}, model_settings(PLAIN), {})

    for weights in (checkpoint, ritm):
        with pytest.raises(InvalidInput, match="is no GPCIS model that carries its"):
            plain_twin(weights)
    assert isinstance(plain_twin(SHIPPED).decode_head, PlainHead)


def test_a_pth_without_config_asks_for_one(checkpoint: Path) -> None:
    with pytest.raises(ModelUnavailable, match="pass --config FILE"):
        load_predictor(checkpoint)


def test_weights_of_another_model_are_refused(checkpoint: Path) -> None:
    with pytest.raises(ModelUnavailable, match="belongs to another model"):
        load_predictor(checkpoint, PLAIN)


def test_weights_of_an_older_version_say_what_to_do(tmp_path: Path) -> None:
    """Their settings name an option that is gone."""
    path, settings = tmp_path / "old.safetensors", model_settings(LITE)
    write_safetensors(path, {"any": torch.zeros(1)}, {**settings, "autocast": "x"}, {})

    with pytest.raises(ModelUnavailable, match=r"fine-tune again .*autocast"):
        load_predictor(path)


@pytest.mark.parametrize("name", ["missing.pth", "missing.safetensors"])
def test_a_missing_checkpoint_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelUnavailable, match=f"No checkpoint at .*{name}"):
        load_predictor(tmp_path / name)


def test_a_missing_or_broken_config_is_named(checkpoint: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("model = dict(type='Nothing')\n")

    with pytest.raises(ModelUnavailable, match="No config at"):
        load_predictor(checkpoint, tmp_path / "none.py")
    with pytest.raises(ModelUnavailable, match="cannot be built"):
        load_predictor(checkpoint, broken)


def test_a_device_that_is_not_there_is_named() -> None:
    with pytest.raises(ModelUnavailable, match='cannot run on "nowhere"'):
        load_predictor(device="nowhere")
