"""Which pictures a config trains and validates on, in which order, and stand-ins."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mmengine.config import Config, ConfigDict
from mmengine.logging import MMLogger
from torch._utils import ExceptionWrapper
from torch.utils.data import DataLoader, Dataset

from gpcis_backend.data.toy import write_toy_set
from gpcis_backend.mmseg_plugin import datasets
from gpcis_backend.mmseg_plugin.datasets import (
    BenchmarkObjects,
    ClickDataset,
    HeldOutObjects,
    keep_list,
)
from gpcis_backend.mmseg_plugin.one_line import WorkerFailure
from gpcis_backend.mmseg_plugin.picture_order import ShuffledPasses, WeightedSets
from gpcis_backend.mmseg_plugin.samplers import StreamSampler
from public_layouts import write_davis, write_mat, write_sbd, write_voc

_TRAIN = tuple(f"2008_{number:06d}" for number in range(8))


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[logging.LogRecord]:
    """What mmengine's current logger is told."""
    records: list[logging.LogRecord] = []
    logger = MMLogger.get_instance(f"test-{id(records)}")

    def keep(record: logging.LogRecord) -> None:
        if "is built from registry" not in record.getMessage():
            records.append(record)

    monkeypatch.setattr(logger, "handle", keep)
    return records


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("toy")
    write_toy_set(root, num_train=12, num_eval=2, size=96)
    return root


@pytest.fixture
def sbd(tmp_path: Path) -> Path:
    write_sbd(tmp_path / "SBD", train=_TRAIN, val=("2008_000100", "2008_000101"))
    return tmp_path


def _stream(root: Path, **changes: Any) -> ClickDataset:
    """The dataset of the paper's config, at 64 pixels."""
    settings = {"data_root": str(root), "stages": ((0, 64),), "num_samples": 64}
    return ClickDataset(**{**_base("train"), **settings, **changes})


def test_the_papers_data_are_sbd_and_nothing_else(
    sbd: Path, toy: Path, logged: list[logging.LogRecord]
) -> None:
    (sbd / "train").symlink_to(toy / "train")

    train = _stream(sbd)
    val = HeldOutObjects(**{**_base("val"), "data_root": str(sbd)})

    assert [(s.pictures.name, len(s.pictures)) for s in train.sources] == [("sbd", 8)]
    assert [val[i][1].name for i in range(4)] == [
        f"sbd/2008_00010{picture}#{number}" for picture in (0, 1) for number in (1, 2)
    ]
    assert logged == []


def test_folders_stand_in_for_a_missing_set_with_one_warning(
    toy: Path, logged: list[logging.LogRecord]
) -> None:
    train = _stream(toy)
    val = HeldOutObjects(**{**_base("val"), "data_root": str(toy), "min_area": 100})

    learned = {
        source.pictures.stem(index)
        for source in train.sources
        for index in range(len(source.pictures))
    }
    held_out = {val[i][1].name.split("#")[0] for i in range(len(val))}
    assert len(learned) == 10
    assert held_out.isdisjoint({f"toy/{stem}" for stem in learned})
    assert train[0]["inputs"].shape == (3, 64, 64)
    (warning,) = logged
    assert warning.levelno == logging.WARNING
    for word in ("SBD", "toy", "10 pictures", "differ", "gpcis data get sbd"):
        assert word in warning.getMessage()


def test_without_any_data_one_line_says_what_was_expected_where(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as error:
        _stream(tmp_path)

    line = str(error.value)
    assert line.startswith("gpcis: The SBD set was not found in")
    for word in (str(tmp_path / "SBD"), "train/SET/img", "gpcis data toy --out DIR"):
        assert word in line
    assert "\n" not in line


def test_a_damaged_set_is_no_reason_to_train_on_another(sbd: Path, toy: Path) -> None:
    (sbd / "train").symlink_to(toy / "train")
    (sbd / "SBD/inst/2008_000003.mat").unlink()

    with pytest.raises(SystemExit, match=r"2008_000003\.jpg has no mask"):
        _stream(sbd)


def test_sets_are_merged_by_weight(sbd: Path) -> None:
    write_voc(sbd / "VOCdevkit/VOC2012", train=("2007_000032",))
    sets = ({"name": "sbd", "weight": 3}, {"name": "voc", "weight": 1})

    stream = _stream(sbd, sets=sets)

    rng = np.random.default_rng(0)
    picks = [stream.order.pick(index, 0, rng)[0] for index in range(800)]
    assert np.mean(picks) == pytest.approx(0.25, abs=0.06)


def test_weights_are_for_all_sets_or_for_none(sbd: Path) -> None:
    write_voc(sbd / "VOCdevkit/VOC2012", train=("2007_000032",))
    sets = ({"name": "sbd", "weight": 3}, "voc")

    with pytest.raises(SystemExit, match="weight to all sets"):
        _stream(sbd, sets=sets)


def test_a_set_without_a_name_is_refused(sbd: Path) -> None:
    with pytest.raises(SystemExit, match=r"has no name; expected one of sbd, voc"):
        _stream(sbd, sets=({"weight": 1},))


def test_every_picture_comes_once_before_any_comes_again() -> None:
    order, rng = ShuffledPasses([3, 4], seed=5), np.random.default_rng(0)

    picks = [order.pick(index, 0, rng) for index in range(21)]

    passes = [picks[start : start + 7] for start in (0, 7, 14)]
    everything = [(0, n) for n in range(3)] + [(1, n) for n in range(4)]
    assert [sorted(one) for one in passes] == [everything] * 3
    assert passes[0] != passes[1]
    assert order.pick(9, 0, rng) == passes[1][2]  # whatever was asked before
    assert len({order.pick(0, 1, rng) for _ in range(200)}) == 7


def test_an_epoch_of_the_papers_config_is_whole_batches_of_sbd() -> None:
    cfg = Config.fromfile(_CONFIG).train_dataloader
    sampler = StreamSampler(Dataset(), **_without_type(cfg.sampler))

    assert len(sampler) == 8480 == 265 * cfg.batch_size
    assert cfg.dataset.num_samples == 230 * 8480


def test_a_sample_is_the_same_in_a_worker_and_after_a_restart(sbd: Path) -> None:
    here = _stream(sbd)
    indices = [5, 3, 11]
    loader = DataLoader(
        _stream(sbd), 1, sampler=indices, num_workers=1, collate_fn=keep_list
    )

    there = [sample for (sample,) in loader]

    for index, sample in zip(indices, there, strict=True):
        assert (sample["inputs"] == here[index]["inputs"]).all()
        metas = [each["data_samples"].metainfo for each in (sample, here[index])]
        assert metas[0]["clicks"] == metas[1]["clicks"]


def test_a_damaged_file_ends_the_run_in_one_line(sbd: Path) -> None:
    stream = _stream(sbd)
    for path in (sbd / "SBD/inst").iterdir():
        path.write_bytes(b"damaged")

    with pytest.raises(SystemExit, match=r"^gpcis: .*\.mat cannot be read") as error:
        stream[0]

    assert "\n" not in str(error.value)


def test_what_a_worker_says_arrives_as_the_one_line() -> None:
    """A data loader's worker wraps its exception, traceback and all."""
    try:
        raise WorkerFailure("gpcis: a.mat is damaged")
    except WorkerFailure:
        wrapped = ExceptionWrapper(where="in DataLoader worker process 0")

    with pytest.raises(SystemExit) as error:
        wrapped.reraise()

    assert str(error.value) == "gpcis: a.mat is damaged"


def test_pictures_without_a_usable_object_are_named(
    sbd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets, "_TRIES", 5)
    ids = np.zeros((90, 120), np.uint8)
    ids[4:8, 4:8] = 1
    for name in _TRAIN:
        write_mat(sbd / f"SBD/inst/{name}.mat", ids)

    with pytest.raises(
        SystemExit, match=r"80 pixels or more .* sbd, .*inst/2008_.*mat"
    ):
        _stream(sbd)[0]


def test_one_picture_without_a_usable_object_is_passed_over(sbd: Path) -> None:
    write_mat(sbd / f"SBD/inst/{_TRAIN[0]}.mat", np.zeros((90, 120), np.uint8))
    stream = _stream(sbd)

    shapes = {stream[index]["inputs"].shape for index in range(8)}

    assert shapes == {(3, 64, 64)}


def test_sets_that_are_not_there_are_named_and_left_out(
    sbd: Path, toy: Path, logged: list[logging.LogRecord]
) -> None:
    (sbd / "eval").symlink_to(toy / "eval")
    write_davis(sbd / "DAVIS", ("bear_1",))
    (sbd / "eval2").mkdir()

    found = BenchmarkObjects(("grabcut", "voc", "sbd", "davis"), str(sbd), True)

    assert {name: len(part) for name, part in found.parts.items()} == {
        "grabcut": 2,
        "sbd": 4,
        "davis": 1,
    }
    assert [name for name, _ in (found[i] for i in range(7))].count("sbd") == 4
    (note,) = logged
    assert "Not measured on voc" in note.getMessage()
    assert "gpcis data get voc" in note.getMessage()


@pytest.mark.parametrize("skips_missing", [False, True])
def test_no_evaluation_set_at_all_is_an_error(
    tmp_path: Path, skips_missing: bool
) -> None:
    with pytest.raises(SystemExit, match=r"gpcis: The GrabCut set was not found"):
        BenchmarkObjects(("grabcut", "sbd"), str(tmp_path), skips_missing)


def test_weighted_sets_draw_as_they_always_did() -> None:
    """The shipped weights were trained on this stream: its draws may not change."""
    order = WeightedSets([10, 7], [1, 3])

    picks = [order.pick(i, 0, np.random.default_rng([0, i])) for i in range(6)]

    expected = []
    for index in range(6):
        rng = np.random.default_rng([0, index])
        number = int(rng.choice(2, p=np.array([0.25, 0.75])))
        expected.append((number, int(rng.integers((10, 7)[number]))))
    assert picks == expected


_CONFIG = Path(__file__).parents[2] / "mmseg_configs/_base_/datasets/sbd.py"


def _base(part: str) -> dict[str, Any]:
    """Arguments of the dataset of the paper's config."""
    return _without_type(Config.fromfile(_CONFIG)[f"{part}_dataloader"].dataset)


def _without_type(cfg: ConfigDict) -> dict[str, Any]:
    return {key: value for key, value in cfg.items() if key != "type"}
