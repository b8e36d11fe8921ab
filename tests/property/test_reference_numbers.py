"""One small batch with every number of the GP written down, to eleven digits.

The numbers are those of method.md section 2, evaluated in 40-digit arithmetic by a
program that shares no line with this package.  A change that moves one of them changes
the model, however well it agrees with itself.
"""

from typing import Any

import pytest
import torch
from torch import Tensor

from gpcis_backend.gp.classifier import GPClassifier, Posterior
from gpcis_backend.gp.features import Basis
from gpcis_backend.gp.posterior import factorise
from gpcis_backend.gp.presets import PRESETS, GPSettings, preset
from gpcis_backend.gp.system import Clicks
from gpcis_backend.gp.variational import VIForm, vi_loss

_GRAM = (
    (2.34985880758, 1.01933501855, 0.489673587743),
    (1.01933501855, 2.34985880758, 1.07690370736),
    (0.489673587743, 1.07690370736, 2.34985880758),
)
_MEAN = ((0.696590588751, -0.655748762382, 0.727272795556), (-0.731544686336, 0.0, 0.0))
_PRIOR: dict[Basis, tuple[float, ...]] = {
    "sin": (
        -0.328283332142, 1.3900141643, 1.81608089549,
        -0.521808990568, 1.1870633546, -0.228437140742,
        1.79557730537, 0.202043156109, -0.584558843755,
        1.48428872715, 0.679106910528, 1.18352229392,
    ),
    "cos": (
        0.389602045207, 0.306744509669, 0.640179270072,
        0.157329934596, 0.29625390648, 0.0333613750762,
        0.863851715198, 0.728065257039, -0.0439151484616,
        0.262258776485, 0.65942666746, 0.536230361898,
    ),
}  # fmt: skip
_LOGITS = {
    1e-2: (
        0.686775471933, -0.638284529035, 0.872549223253,
        0.573725868054, 1.30263834217, 0.717289912911,
        0.970796564904, -0.811054509153, -1.16098711605,
        1.06337999241, -0.725566991432, 0.693092373619,
    ),
    1e-5: (
        0.696580683695, -0.655731141029, 0.864305692443,
        0.58455384981, 1.3043957225, 0.72726271697,
        0.967290173581, -0.815361492438, -1.16343768623,
        1.06159058262, -0.731538683228, 0.691007408328,
    ),
    1e-7: (
        0.6965904897, -0.655748586167, 0.8642974489,
        0.584564680126, 1.30439748193, 0.727272694769,
        0.967286683991, -0.815365778783, -1.16344012506,
        1.06158880178, -0.731544626305, 0.691005333353,
    ),
}  # fmt: skip
_VARIANCE = {
    1e-2: (
        0.0198440087658, 0.0198115790009, 1.73421849336,
        0.7809558207, 1.7713306274, 0.0198397546361,
        1.5465560443, 1.13785253459, 1.95749152569,
        2.1406508906, 0.0198730533179, 2.06583407841,
    ),
    1e-5: (
        0.0100098950945, 0.0100098729709, 1.73147603341,
        0.775100456161, 1.76974756585, 0.0100098921923,
        1.54315555725, 1.13272195142, 1.95583058299,
        2.13976528577, 0.0100099148465, 2.06463176409,
    ),
    1e-7: (
        0.0100000989515, 0.0100000987303, 1.73147329887,
        0.775094622264, 1.76974599207, 0.0100000989224,
        1.54315217312, 1.13271684552, 1.95582893003,
        2.13976440442, 0.0100000991489, 2.06463056756,
    ),
}  # fmt: skip
_STRAIN = {
    1e-2: (0.0266325067596, 0.00817133254583),
    1e-5: (2.68721096702e-5, 8.2060713414e-6),
    1e-7: (2.68723492802e-7, 8.20610591374e-8),
}
_OTHER_LOGITS = {
    "paper": (
        0.692902292505, -0.647331513749, 0.125745051099,
        0.644064749502, 0.411983641755, 0.721256495275,
        0.0505776327136, -0.270898508436, -0.612301570777,
        -0.152777788099, -0.725650387282, 0.0526425137771,
    ),
    "release": (
        0.681325842735, -0.631901286205, 0.73834067936,
        0.716579240112, 1.56507903269, 0.71586858891,
        0.977854381347, -0.855175588821, -1.28167343848,
        0.982752311001, -0.723978254986, 0.626289793178,
    ),
}  # fmt: skip
# L_VI at u = m, and its derivatives by λ₁, λ₂, ρ and the last bias of the MLP
_VI: dict[VIForm, tuple[float, ...]] = {
    "sum": (
        1.16961567192, -0.0234693575071, -0.0123754020156, -0.236851605585,
        0.191621956928,
    ),
    "batch_mean": (
        0.767252229313, -0.0234693575071, -0.0123754020156, -0.236851605585,
        0.358647340085,
    ),
    "image_mean": (
        0.558610787235, -0.00782311916902, -0.00412513400521, -0.10057009143,
        0.0613038957832,
    ),
}  # fmt: skip
# L_VI at u = m + (.1, -.2, .05) and m + .3
_VI_OF_A_DRAW: dict[VIForm, float] = {
    "sum": 1.16738049991,
    "batch_mean": 0.76613464331,
    "image_mean": 0.593747800959,
}


@pytest.mark.parametrize("noise_var", [1e-2, 1e-5, 1e-7])
@pytest.mark.parametrize("with_grad", [True, False], ids=["training", "serving"])
def test_logits_variance_and_strain_are_the_written_ones(
    noise_var: float, with_grad: bool
) -> None:
    with torch.set_grad_enabled(with_grad):
        out = _posterior(_model(preset("gpcis")), noise_var, with_variance=True)

    _equals(out.logits.flatten(), _LOGITS[noise_var])
    _equals(out.prior.flatten(), _PRIOR["sin"])
    assert out.variance is not None
    _equals(out.variance.flatten(), _VARIANCE[noise_var], 1e-10)
    _equals(out.strain, _STRAIN[noise_var])
    assert out.noise.tolist() == [noise_var, noise_var]


@pytest.mark.parametrize("basis", ["sin", "cos"])
def test_the_prior_is_the_written_one(basis: Basis) -> None:
    out = _posterior(_model(GPSettings(basis=basis)), 1e-2)

    _equals(out.prior.flatten(), _PRIOR[basis])


@pytest.mark.parametrize("name", sorted(_OTHER_LOGITS))
def test_the_other_presets_give_the_written_logits(name: str) -> None:
    """Cosine basis of the paper; softplus colour weight of the release."""
    out = _posterior(_model(preset(name)), 1e-2)

    _equals(out.logits.flatten(), _OTHER_LOGITS[name])


@pytest.mark.parametrize(
    ("name", "colour_weight"),
    [
        ("gpcis", 1.349858807576),
        ("paper", 1.349858807576),
        ("release", 0.8543552444685),
    ],
)
def test_the_colour_weight_is_the_written_one(name: str, colour_weight: float) -> None:
    weight = _model(preset(name)).colour_weight

    assert weight is not None
    assert weight.item() == pytest.approx(colour_weight, rel=1e-12)


def test_the_targets_are_the_written_ones() -> None:
    """m = y softplus(MLP(z)), seen through a system that leaves m almost alone."""
    out = _posterior(_model(preset("gpcis")), 1e-7)

    clicks, means = _clicks(), _tensor(_MEAN)
    for image, row, col, mean in _each_click(clicks, means):
        # f(Z_n) = m - eps2 v, and eps2 |v| / |m| is the strain
        _equals(out.logits[image, row, col], mean, _STRAIN[1e-7][image] * abs(mean))


@pytest.mark.parametrize("is_detached", [True, False], ids=["A held", "A learned"])
@pytest.mark.parametrize("form", sorted(_VI))
def test_vi_loss_and_its_slopes_are_the_written_ones(
    form: VIForm, is_detached: bool
) -> None:
    """Section 3: the three forms; the kernel learns from L_VI only in the paper."""
    settings = GPSettings(vi_form=form, detach_gram=is_detached, target_var=0.0)
    model = _model(settings)

    vi = _posterior(model, 1e-2, with_sample=True).vi
    vi.backward()

    value, *kernel, bias = _VI[form]
    _equals(vi, value)
    _equals(_slope(model, "targets.mlp.2.bias"), (bias,))
    names = ("log_precision", "colour_weight_raw")
    slopes = torch.cat([_slope(model, name).reshape(-1) for name in names])
    _equals(slopes, (0.0, 0.0, 0.0) if is_detached else tuple(kernel))


@pytest.mark.parametrize("form", sorted(_VI_OF_A_DRAW))
def test_vi_loss_of_a_draw_is_the_written_one(form: VIForm) -> None:
    """Padded slots hold rubbish on purpose."""
    mean = _tensor(_MEAN)
    draw = mean + _tensor([[0.1, -0.2, 0.05], [0.3, 5.0, -7.0]])
    label = _clicks().label.double()
    gram = torch.full((2, 3, 3), 0.7, dtype=torch.float64)
    gram[0] = _tensor(_GRAM)
    gram[1, 0, 0] = _GRAM[0][0]
    chol, _ = factorise(gram, label != 0, noise_var=1e-2)

    found = vi_loss(mean, draw, label, chol, form=form)

    _equals(found, _VI_OF_A_DRAW[form])


def test_every_preset_has_its_numbers_here() -> None:
    assert {"gpcis", *_OTHER_LOGITS} == set(PRESETS)


def _model(settings: GPSettings) -> GPClassifier:
    """D = 2, L = 3; the 96 hidden units follow a rule that a program can repeat."""
    unit, column = torch.arange(96)[:, None], torch.arange(5)
    values = {
        "freq": (
            (0.5, -0.2, 0.1, 0.3, -0.4),
            (-0.7, 0.4, 0.2, -0.1, 0.6),
            (0.3, 0.9, -0.5, 0.8, 0.2),
        ),
        "phase": (0.1, -0.6, 1.2),
        "weights_mean": (1.3, -0.8, 0.4),
        "weights_std": 0.03,
        "log_precision": (0.2, -0.4),
        "colour_weight_raw": 0.3,
        "targets.mlp.0.weight": ((7 * unit + 3 * column) % 11 - 5).double() / 20,
        "targets.mlp.0.bias": (unit[:, 0] % 5 - 2).double() / 10,
        "targets.mlp.2.weight": ((5 * unit.T) % 13 - 6).double() / 40,
        "targets.mlp.2.bias": (0.1,),
    }
    model = GPClassifier(2, 3, settings).double()
    model.load_state_dict({name: _tensor(value) for name, value in values.items()})
    return model


def _posterior(model: GPClassifier, noise_var: float, **options: Any) -> Posterior:
    """Of two images, 2 x 3 pixels, from 2 x 2 features: the middle is a mean."""
    feats = _tensor(
        [
            [[[0.6, 0.8], [1, 0]], [[0, 1], [-0.6, 0.8]]],
            [[[0.8, -0.6], [0.28, 0.96]], [[1, 0], [-0.8, 0.6]]],
        ]
    )  # (B, h, w, D)
    colours = _tensor(
        [
            [[[0.5, -1, 1.2], [-0.3, 0.8, 0], [1.5, 0.2, -0.7]],
             [[0, -0.4, 0.9], [0.7, 0.7, -1.1], [-1.2, 0.3, 0.1]]],
            [[[0.2, 0.4, -0.5], [1.1, -0.9, 0.6], [-0.8, 0, 1.3]],
             [[-0.6, 1.4, 0.3], [0.9, -0.2, -0.1], [0, 0.5, -1.6]]],
        ]
    )  # (B, H, W, 3)  # fmt: skip
    out: Posterior = model(
        feats.permute(0, 3, 1, 2),
        colours.permute(0, 3, 1, 2),
        _clicks(),
        noise_var=noise_var,
        **options,
    )
    return out


def _clicks() -> Clicks:
    """Three in the first image, one in the second."""
    coords = [[[0, 0], [0, 1], [1, 2]], [[1, 1], [0, 0], [0, 0]]]
    label, order = [[1, -1, 1], [-1, 0, 0]], [[0, 1, 2], [0, -1, -1]]
    return Clicks(_tensor(coords), _tensor(label), _tensor(order))


def _each_click(clicks: Clicks, means: Tensor) -> list[tuple[int, int, int, float]]:
    """Image, row, column and target of every click that is not padding."""
    image, slot = torch.nonzero(clicks.label, as_tuple=True)
    rows, cols = clicks.coords[image, slot].long().unbind(-1)
    columns = (image, rows, cols, means[image, slot])
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _slope(model: GPClassifier, name: str) -> Tensor:
    """The gradient of a parameter; zeros if nothing flowed there."""
    part = model.get_parameter(name)
    return torch.zeros_like(part) if part.grad is None else part.grad


def _tensor(values: object) -> Tensor:
    return torch.as_tensor(values, dtype=torch.float64)


def _equals(found: Tensor, expected: object, atol: float = 1e-11) -> None:
    wanted = _tensor(expected)
    torch.testing.assert_close(found.detach(), wanted, rtol=2e-11, atol=atol)
