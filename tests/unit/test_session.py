import numpy as np
import pytest

from gpcis_backend.clicks.click import Click
from gpcis_backend.errors import InvalidClick
from gpcis_backend.inference.engine import Engine
from gpcis_backend.inference.session import Session
from toy_predictor import ToyPredictor

LEFT, RIGHT = Click(4, 2, True), Click(4, 7, False)


def test_undo_and_redo_walk_through_the_masks_without_a_pass() -> None:
    session, toy = _session()
    session.add(LEFT)
    first = session.mask
    session.add(RIGHT)
    second = session.mask
    num_passes = toy.num_passes

    assert session.undo()
    np.testing.assert_array_equal(session.mask, first)
    assert session.redo()
    np.testing.assert_array_equal(session.mask, second)
    assert toy.num_passes == num_passes


def test_clear_can_be_undone() -> None:
    session, _ = _session()
    session.add(LEFT)
    session.add(RIGHT)

    session.clear()

    assert not session.mask.any()
    assert session.undo()
    assert session.clicks == (LEFT, RIGHT)


def test_a_new_click_ends_what_could_be_redone() -> None:
    session, _ = _session()
    session.add(LEFT)
    session.undo()

    session.add(RIGHT)

    assert not session.redo()
    assert session.clicks == (RIGHT,)


def test_nothing_to_undo_changes_nothing() -> None:
    session, _ = _session()

    assert not session.undo()
    assert session.revision == 0


def test_a_refused_click_leaves_the_session_as_it_was() -> None:
    session, _ = _session()
    session.add(LEFT)

    with pytest.raises(InvalidClick):
        session.add(Click(0, 10, True))

    assert session.clicks == (LEFT,)
    assert session.revision == 1


def test_the_revision_grows_with_every_change() -> None:
    session, _ = _session()
    revisions = []
    for act in (lambda: session.add(LEFT), session.undo, session.redo, session.clear):
        act()
        revisions.append(session.revision)

    assert revisions == [1, 2, 3, 4]


def test_sessions_on_equal_images_share_their_passes() -> None:
    toy = ToyPredictor()
    engine = Engine(toy)
    for _ in range(2):
        session = Session(engine, np.zeros((8, 10, 3), dtype=np.uint8))
        session.add(LEFT)
        assert session.prob.shape == (8, 10)

    assert toy.num_passes == 1


def _session() -> tuple[Session, ToyPredictor]:
    """On an image that is dark on the left."""
    image = np.zeros((8, 10, 3), dtype=np.uint8)
    image[:, 5:] = 255
    toy = ToyPredictor()
    return Session(Engine(toy), image), toy
