"""mmseg's description of the configs names what is there."""

from pathlib import Path

from mmengine.fileio import load

_ROOT = Path(__file__).resolve().parents[2]
_METAFILE = load(_ROOT / "mmseg_configs" / "metafile.yaml")


def test_every_network_of_the_paper_and_ours_is_described() -> None:
    networks = ("lite0", "r50", "hrnet18s", "segformer_b0")
    expected = {f"{head}_{net}" for head in ("gpcis", "ritm") for net in networks}

    assert {model["Name"] for model in _METAFILE["Models"]} == expected


def test_every_file_that_it_names_is_there() -> None:
    models, collections = _METAFILE["Models"], _METAFILE["Collections"]

    named = [model["Config"] for model in models]
    named += [model["Weights"] for model in models if "Weights" in model]
    named += [collection["README"] for collection in collections]

    assert [name for name in named if not (_ROOT / name).is_file()] == []
    known = {collection["Name"] for collection in collections}
    assert {model["In Collection"] for model in models} <= known
