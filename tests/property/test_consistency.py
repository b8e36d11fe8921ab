import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gpcis_backend.clicks.click import Click, Prob
from gpcis_backend.clicks.consistency import last_at_pixel, obey_clicks

HEIGHT, WIDTH = 9, 7
thresholds = st.sampled_from([0.0, 0.3, 0.5, 0.999])
clicks_lists = st.lists(
    st.builds(
        Click, st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1), st.booleans()
    ),
    max_size=20,
)
probs = st.integers(0, 2**32 - 1).map(
    lambda seed: (
        np.random.default_rng(seed).random((HEIGHT, WIDTH), dtype=np.float32).round(1)
    )
)


@given(prob=probs, clicks=clicks_lists, threshold=thresholds)
def test_every_click_without_a_later_opposite_one_is_obeyed(
    prob: Prob, clicks: list[Click], threshold: float
) -> None:
    forced = obey_clicks(prob, clicks, threshold)

    for click in last_at_pixel(clicks):
        assert bool(forced[click.row, click.col] > threshold) == click.is_positive


@given(prob=probs, clicks=clicks_lists, threshold=thresholds)
def test_only_pixels_near_a_click_change_and_only_to_one_or_zero(
    prob: Prob, clicks: list[Click], threshold: float
) -> None:
    before = prob.copy()

    forced = obey_clicks(prob, clicks, threshold)

    np.testing.assert_array_equal(prob, before)
    for row, col in np.argwhere(forced != prob):
        near = [
            click
            for click in clicks
            if (click.row - row) ** 2 + (click.col - col) ** 2 <= 9
            and float(click.is_positive) == forced[row, col]
        ]
        assert near


@given(prob=probs, clicks=clicks_lists, threshold=thresholds)
def test_obeying_twice_is_obeying_once(
    prob: Prob, clicks: list[Click], threshold: float
) -> None:
    once = obey_clicks(prob, clicks, threshold)

    np.testing.assert_array_equal(obey_clicks(once, clicks, threshold), once)


def test_a_click_that_the_model_obeys_already_changes_nothing() -> None:
    prob = np.full((5, 5), 0.9, dtype=np.float32)

    forced = obey_clicks(prob, [Click(2, 2, True)], 0.5)

    np.testing.assert_array_equal(forced, prob)


def test_a_contradicted_click_gets_a_disc_of_29_pixels() -> None:
    prob = np.full((9, 9), 0.9, dtype=np.float32)

    forced = obey_clicks(prob, [Click(4, 4, False)], 0.5)

    assert (forced == 0).sum() == 29


def test_a_disc_leaves_the_pixel_of_an_opposite_click_alone() -> None:
    prob = np.full((9, 9), 0.9, dtype=np.float32)

    forced = obey_clicks(prob, [Click(4, 4, True), Click(4, 5, False)], 0.5)

    assert forced[4, 4] > 0.5
    assert (forced == 0).sum() == 28


def test_of_opposite_clicks_on_one_pixel_the_last_wins() -> None:
    prob = np.full((3, 3), 0.5, dtype=np.float32)
    plus, minus = Click(1, 1, True), Click(1, 1, False)

    assert obey_clicks(prob, [plus, minus], 0.5)[1, 1] == 0.5
    assert obey_clicks(prob, [minus, plus], 0.5)[1, 1] == 1
