"""Laws of the GP in batches: padding, order, chunks, modes, hard clicks.

Numbers in brackets are those of the acceptance list, method.md section 10.
"""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from gp_scenes import (
    Scene,
    answer,
    at_clicks,
    classifier,
    click_gram,
    scene,
    truth,
)
from gpcis_backend.gp.classifier import GPClassifier, Posterior
from gpcis_backend.gp.posterior import drop_contradicted
from gpcis_backend.gp.system import Clicks

seeds = st.integers(0, 10**6)
few = settings(max_examples=8)
both_forms = pytest.mark.parametrize("on_grid", [False, True], ids=["full", "grid"])


@given(seed=seeds, on_grid=st.booleans(), counts=st.tuples(*[st.integers(0, 5)] * 3))
@few
def test_a_padded_batch_equals_its_images_one_by_one(
    seed: int, on_grid: bool, counts: tuple[int, int, int]
) -> None:
    """Law (8)."""
    model = classifier(seed % 7, on_grid=on_grid)
    batch = scene(seed, counts, slots=7)

    together = answer(model, batch, 1e-5, with_variance=True)

    for index in range(3):
        alone = answer(model, batch.image(index), 1e-5, with_variance=True)
        same(_image(together, index), alone)


@given(seed=seeds, on_grid=st.booleans())
@few
def test_the_order_of_slots_means_nothing(seed: int, on_grid: bool) -> None:
    """Law (8)."""
    model, batch = classifier(seed % 7, on_grid=on_grid), scene(seed, (5, 2), slots=7)
    gen = torch.Generator().manual_seed(seed)
    order = torch.randperm(7, generator=gen)
    shuffled = Clicks(*(part[:, order] for part in batch.clicks))

    mixed = answer(model, replace(batch, clicks=shuffled), 1e-5, with_variance=True)

    same(mixed, answer(model, batch, 1e-5, with_variance=True))


@both_forms
@pytest.mark.parametrize("noise_var", [1e-2, 1e-7])
def test_without_clicks_the_prior_is_the_answer(
    on_grid: bool, noise_var: float
) -> None:
    """Law (9): in one image, in the whole batch, and with no slots at all."""
    model = classifier(on_grid=on_grid)
    for counts, slots in (((4, 0), 4), ((0, 0), 3), ((0, 0), 0)):
        batch = scene(1, counts, slots=slots)

        out = model(
            batch.feats,
            batch.colours,
            batch.clicks,
            noise_var=noise_var,
            with_sample=True,
            with_variance=True,
        )
        model.zero_grad()
        (out.logits.square().sum() + out.vi).backward()

        assert torch.equal(out.logits[1], out.prior[1])
        assert _are_finite(out)
        assert all(
            p.grad is None or p.grad.isfinite().all() for p in model.parameters()
        )
        assert model.freq.grad is not None
        assert model.freq.grad.any()
        if not any(counts):
            assert out.vi == 0
            assert not out.strain.any()


@both_forms
@pytest.mark.parametrize("labels", ["one object", "mixed"])
@pytest.mark.parametrize("spread", [5e-4, 5e-4 / 48**0.5], ids=["each", "norm"])
def test_twenty_look_alike_clicks_all_keep_their_sign(
    on_grid: bool, labels: str, spread: float
) -> None:
    """Law (10): float32 features, eps2 = 1e-7."""
    for seed in range(8):
        model, here = _look_alikes(seed, spread, on_grid)
        label = here.clicks.label.abs() if labels == "one object" else here.clicks.label
        here = replace(here, clicks=here.clicks._replace(label=label))

        out = answer(model, here, 1e-7)

        keep = drop_contradicted(click_gram(model, here), label, here.clicks.order)
        kept = here.clicks._replace(label=label * keep)
        wrong = at_clicks(out.logits, kept).sign() != kept.label
        assert not wrong.any(), (
            f"seed {seed}: {int(wrong.sum())} of {kept.label.abs().sum()}"
        )


@both_forms
def test_of_contradicting_clicks_the_last_one_counts(on_grid: bool) -> None:
    """Law (10), rule 5: equal inputs, opposite labels; order, not slot, decides."""
    model, here = classifier(on_grid=on_grid), scene(2, (2,))
    spot = here.clicks.coords[:, :1].expand(1, 2, 2)
    for last in (0, 1):
        order = torch.tensor([[1.0, 0.0]]) if last == 0 else torch.tensor([[0.0, 1.0]])
        label = torch.tensor([[1.0, -1.0]])
        both = replace(here, clicks=Clicks(spot, label, order))

        out = answer(model, both, 1e-7)

        winner = Clicks(spot[:, :1], label[:, last : last + 1], order[:, :1] * 0)
        only = answer(model, replace(here, clicks=winner), 1e-7)
        close(out.logits, only.logits)
        assert at_clicks(out.logits, winner).sign() == label[0, last]


@both_forms
def test_equal_labels_on_equal_inputs_stay_and_agree(on_grid: bool) -> None:
    """Rule 5: only contradictions leave."""
    model, here = classifier(on_grid=on_grid), scene(2, (2,))
    spot = here.clicks.coords[:, :1].expand(1, 2, 2)
    twice = Clicks(spot, torch.ones(1, 2), torch.tensor([[0.0, 1.0]]))

    out = answer(model, replace(here, clicks=twice), 1e-7)

    close(
        at_clicks(out.logits, twice)[0],
        truth(model, replace(here, clicks=twice), 0).mean,
        1e-5,
    )


@both_forms
@pytest.mark.parametrize("noise_var", [1e-2, 1e-7])
def test_chunks_change_neither_values_nor_gradients(
    on_grid: bool, noise_var: float
) -> None:
    """Law (11), by checkpointing; variance included."""
    batch, outs, grads = scene(3, (4, 2)), [], []
    width = 5 if on_grid else 17  # of the raster, in blocks of 12 or 4, 3 and 1 rows
    for chunk_pixels in (10**6, 2 * 3 * width, 1):
        model = classifier(on_grid=on_grid, chunk_pixels=chunk_pixels)
        feats = batch.feats.clone().requires_grad_()
        out = model(
            feats,
            batch.colours,
            batch.clicks,
            noise_var=noise_var,
            with_sample=True,
            with_variance=True,
            generator=torch.Generator().manual_seed(0),
        )
        (out.logits.sin().sum() + out.vi + out.variance.sum()).backward()
        outs.append(out)
        grads.append([feats.grad, *(p.grad for p in model.parameters())])

    for out, grad in zip(outs[1:], grads[1:], strict=True):
        same(out, outs[0])
        for found, expected in zip(grad, grads[0], strict=True):
            torch.testing.assert_close(found, expected, rtol=1e-7, atol=1e-8)


@both_forms
@pytest.mark.parametrize("noise_var", [1e-2, 1e-7])
def test_autocast_does_not_reach_the_gp(on_grid: bool, noise_var: float) -> None:
    """Law (11)."""
    model = classifier(on_grid=on_grid).float()
    batch = scene(4, (4, 2)).to(torch.float32)
    plain = answer(model, batch, noise_var, with_sample=True, generator=_gen())

    with torch.autocast("cpu", dtype=torch.bfloat16):
        cast = answer(model, batch, noise_var, with_sample=True, generator=_gen())

    assert cast.logits.dtype == torch.float32
    assert torch.equal(cast.logits, plain.logits)
    assert torch.equal(cast.vi, plain.vi)


def test_test_passes_repeat_and_training_passes_do_not() -> None:
    """Law (12); eps2 is an argument, whatever the mode."""
    model, batch = classifier(), scene(5, (4, 2))

    for mode in (model.train(), model.eval()):
        once, again = (answer(mode, batch, 1e-7).logits for _ in range(2))
        assert torch.equal(once, again)
        draws = [answer(mode, batch, 1e-2, with_sample=True).logits for _ in range(2)]
        assert not torch.equal(*draws)
    small, large = (answer(model, batch, noise).logits for noise in (1e-7, 1e-2))
    assert not torch.equal(small, large)


@both_forms
def test_float32_clicks_get_the_float64_value(on_grid: bool) -> None:
    """Rule 4: at eps2 = 1e-7 clicked pixels do not suffer from float32 rows."""
    model, here = _look_alikes(0, 5e-4, on_grid)

    out = answer(model, here, 1e-7)

    dense = truth(model, here, 0)
    f = dense.logits(model.weights_mean.double(), dense.mean, 1e-7).reshape(here.size)
    expected = at_clicks(f[None], here.clicks)
    close(at_clicks(out.logits, here.clicks).double(), expected, 1e-6)


@both_forms
def test_an_offset_common_to_all_colours_costs_the_kernel_no_digits(
    on_grid: bool,
) -> None:
    """Rule 3: the mean of the clicks leaves first; here nothing else sees colours."""
    model, here = classifier(on_grid=on_grid).float(), scene(7, (5,)).to(torch.float32)
    with torch.no_grad():
        for part in (
            model.freq,
            dict(model.targets.mlp.named_parameters())["0.weight"],
        ):
            part[:, -3:] = 0

    near = answer(model, here, 1e-2)
    far = answer(model, replace(here, colours=here.colours + 1000), 1e-2)

    close(far.logits, near.logits, 1e-3)


def close(actual: Tensor, expected: Tensor, atol: float = 1e-9) -> None:
    torch.testing.assert_close(actual, expected, rtol=0, atol=atol)


def same(left: Posterior, right: Posterior) -> None:
    close(left.logits, right.logits)
    close(left.prior, right.prior)
    close(left.noise, right.noise)
    close(left.strain, right.strain)
    assert left.variance is not None
    assert right.variance is not None
    close(left.variance, right.variance, 1e-8)


def _image(out: Posterior, index: int) -> Posterior:
    assert out.variance is not None
    one = slice(index, index + 1)
    return Posterior(
        out.logits[one],
        out.prior[one],
        out.vi,
        out.noise[one],
        out.strain[one],
        out.variance[one],
    )


def _are_finite(out: Posterior) -> bool:
    assert out.variance is not None
    parts = (out.logits, out.prior, out.vi, out.noise, out.strain, out.variance)
    return all(bool(part.isfinite().all()) for part in parts)


def _gen() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def _look_alikes(seed: int, spread: float, on_grid: bool) -> tuple[GPClassifier, Scene]:
    """Float32 model at its initial values; 20 clicks whose inputs hardly differ."""
    torch.manual_seed(seed)
    settings = classifier(on_grid=on_grid).settings
    model = GPClassifier(48, 64, settings)
    size = (48, 56) if on_grid else (12, 14)
    here = scene(seed, (20,), channels=48, cells=(12, 14), size=size)
    around = F.normalize(torch.randn(1, 48, 1, 1), dim=1)
    feats = F.normalize(around + spread * torch.randn(1, 48, 12, 14), dim=1)
    colours = torch.randn(1, 3, 1, 1) + spread * torch.randn(1, 3, *size)
    return model, Scene(feats, colours, here.clicks)
