import numpy as np
import pytest
import torch
from torch.nn import functional as F

from gpcis_backend.clicks.geometry import Crop, View
from gpcis_backend.mmseg_plugin.resampling import enlarged, seen

_SIZES = [
    pytest.param((37, 53), (37, 53), id="same size"),
    pytest.param((96, 128), (48, 48), id="smaller, all lines"),
    pytest.param((900, 1203), (48, 48), id="smaller, few lines"),
    pytest.param((900, 60), (48, 48), id="rows picked, columns not"),
    pytest.param((60, 900), (48, 48), id="columns picked, rows not"),
    pytest.param((20, 31), (48, 64), id="larger"),
    pytest.param((1, 7), (48, 48), id="one row"),
    pytest.param((700, 9), (1, 48), id="to one row"),
    pytest.param((3, 40000), (48, 48), id="longer than OpenCV takes"),
]


@pytest.mark.parametrize(("full", "size"), _SIZES)
def test_the_network_sees_what_torch_interpolates(
    full: tuple[int, int], size: tuple[int, int]
) -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (full[0] + 4, full[1] + 6, 3), dtype=np.uint8)
    prob = rng.random(image.shape[:2], dtype=np.float32)
    prob.setflags(write=False)  # as the engine keeps it
    view = View(Crop(1, 2, *full), *size)

    picture, mask = seen(image, view), seen(prob, view)

    planes = view.crop.cut(image).transpose(2, 0, 1).astype(np.float32)
    wanted = _interpolated(planes, size).transpose(1, 2, 0)
    np.testing.assert_allclose(picture / 255, wanted / 255, atol=1e-5)
    wanted = _interpolated(view.crop.cut(prob)[None].copy(), size)[0]
    np.testing.assert_allclose(mask, wanted, atol=1e-5)
    assert picture.dtype == mask.dtype == np.float32


@pytest.mark.parametrize(("full", "size"), _SIZES)
def test_a_map_grows_to_the_crop_as_torch_interpolates(
    full: tuple[int, int], size: tuple[int, int]
) -> None:
    prob = np.random.default_rng(0).random(size, dtype=np.float32)

    large = enlarged(torch.from_numpy(prob), *full)

    np.testing.assert_allclose(large, _interpolated(prob[None], full)[0], atol=1e-6)


def _interpolated(planes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    batch = torch.from_numpy(planes)[None]
    resized = F.interpolate(batch, size, mode="bilinear", align_corners=True)
    return resized[0].numpy()
