"""Files of scores, and pictures drawn by how hard they are."""

import json
import pickle
from collections import Counter
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest

from gpcis_backend.data.benchmarks import open_pictures
from gpcis_backend.errors import DataNotFound, InvalidInput
from gpcis_backend.mmseg_plugin.hard_examples import hard_examples
from gpcis_backend.mmseg_plugin.picture_sources import Source
from public_layouts import write_sbd

_TRAIN = tuple(f"2008_{number:06d}" for number in range(8))
Sources: TypeAlias = tuple[Source, ...]


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    write_sbd(tmp_path / "SBD", train=_TRAIN)
    return (Source(open_pictures("sbd", tmp_path, "train")),)


@pytest.mark.parametrize("suffix", [".json", ".npz", ".pkl"])
def test_hard_pictures_come_more_often(
    sources: Sources, tmp_path: Path, suffix: str
) -> None:
    scores = {name: 0.5 if number else 0.0 for number, name in enumerate(_TRAIN[:3])}
    path = tmp_path / f"scores{suffix}"
    _write_scores(path, scores)

    order = hard_examples(sources, path, gamma=2.0)

    rng = np.random.default_rng(0)
    counts = Counter(order.pick(index, 0, rng) for index in range(1200))
    shares = [counts[(0, number)] / 1200 for number in range(8)]
    assert shares[:3] == pytest.approx([2 / 3, 1 / 6, 1 / 6], abs=0.05)
    assert shares[3:] == [0] * 5


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"2008_000001": 0.1, "no_such": 0.2}', "score to 'no_such'.*1 of 2"),
        ('{"2008_000001": 1.5}', "2008_000001 the score 1.5; expected 0"),
        ('{"2008_000001": 1}', "leaves no picture"),
        ('{"2008_000001": "good"}', "does not hold scores"),
        ("[1, 2]", "does not hold scores: no object"),
        ("{", "does not hold scores"),
        (None, "cannot be read"),
    ],
    ids=["unknown", "beyond 1", "all easy", "text", "list", "half", "missing"],
)
def test_bad_scores_are_one_line_that_names_the_file(
    sources: Sources, tmp_path: Path, content: str | None, message: str
) -> None:
    path = tmp_path / "scores.json"
    if content is not None:
        path.write_text(content)

    with pytest.raises((InvalidInput, DataNotFound), match=message) as error:
        hard_examples(sources, path, gamma=1.0)

    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def _write_scores(path: Path, scores: dict[str, float]) -> None:
    if path.suffix == ".json":
        path.write_text(json.dumps(scores))
    elif path.suffix == ".npz":
        np.savez(path, names=list(scores), scores=list(scores.values()))
    else:
        rows = [(n, None, score) for n, score in enumerate(scores.values())]
        path.write_bytes(pickle.dumps(rows))
