"""Where a backbone's first weights come from: an address, a file, or chance."""

import hashlib
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import torch
from mmseg.models.backbones import MixVisionTransformer, ResNetV1c
from torch import nn

import foreign_weights
from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.mmseg_plugin import fetched
from gpcis_backend.mmseg_plugin.fetched import cached, fetch
from gpcis_backend.mmseg_plugin.pretrained import BackboneWeights, start_at_random
from gpcis_backend.mmseg_plugin.runner import ClickRunner

_NOBODY = "http://127.0.0.1:9/mit_b0.pth"  # port 9, discard: refused at once


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("GPCIS_PRETRAINED", raising=False)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Address of a folder, ``tmp_path / "public"``, that holds mit_b0's weights."""
    folder = tmp_path / "public"
    folder.mkdir()
    torch.save(foreign_weights.mit_b0(), folder / "mit_b0.pth")
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def test_weights_come_from_their_address_once(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"{server}/mit_b0.pth"
    first, second = _mit(), _mit()

    BackboneWeights(address, names="mit")(first)
    monkeypatch.setattr(fetched, "_download", None)  # a second one would fail
    BackboneWeights(address, names="mit")(second)

    assert cached(address).is_file()
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_mirror_helps_where_the_address_is_dead(server: str) -> None:
    path = fetch([_NOBODY, f"{server}/mit_b0.pth"])

    assert path == cached(_NOBODY)
    assert path.is_file()


def test_a_mirror_of_another_file_does_not_help(server: str) -> None:
    """Who names an address of his own does not want the config's file instead."""
    mirror = f"{server}/mit_b0.pth"

    with pytest.raises(SystemExit, match="cannot be downloaded"):
        BackboneWeights("http://127.0.0.1:9/mine.pth", names="mit", mirrors=[mirror])(
            _mit()
        )


@pytest.mark.parametrize(
    ("resume", "checkpoint", "starts"),
    [(False, True, True), (True, False, True), (True, True, False)],
    ids=["new run", "nothing to resume", "resumed run"],
)
def test_a_resumed_run_needs_no_imagenet_weights(
    tmp_path: Path, resume: bool, checkpoint: bool, starts: bool
) -> None:
    model = _Counted()
    if checkpoint:
        (tmp_path / "last_checkpoint").write_text(str(tmp_path / "epoch_3.pth"))

    _Started(model, resume, tmp_path)._init_model_weights()

    assert model.started == starts


def test_a_dead_address_says_which_file_to_put_where() -> None:
    with pytest.raises(SystemExit) as stopped:
        BackboneWeights(_NOBODY, names="mit")(_mit())

    message = str(stopped.value)
    assert message.startswith("gpcis: ")
    assert "\n" not in message
    for part in (_NOBODY, str(cached(_NOBODY)), "GPCIS_PRETRAINED=FILE"):
        assert part in message
    for part in ("model.backbone.init_cfg.checkpoint=FILE", "GPCIS_PRETRAINED=none"):
        assert part in message


def test_a_file_put_there_by_hand_is_taken(tmp_path: Path) -> None:
    cached(_NOBODY).parent.mkdir(parents=True)
    torch.save(foreign_weights.mit_b0(), cached(_NOBODY))

    assert fetch([_NOBODY]) == cached(_NOBODY)


@pytest.mark.parametrize("is_true", [True, False], ids=["right", "wrong"])
def test_digits_in_the_name_are_the_checksum(
    server: str, tmp_path: Path, is_true: bool
) -> None:
    folder = tmp_path / "public"
    content = (folder / "mit_b0.pth").read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:8] if is_true else "00c0ffee"
    (folder / "mit_b0.pth").rename(folder / f"mit_b0-{digest}.pth")
    address = f"{server}/mit_b0-{digest}.pth"

    if is_true:
        assert fetch([address]).read_bytes() == content
        return
    with pytest.raises(ModelUnavailable, match="invalid hash value"):
        fetch([address])
    assert list(cached(address).parent.iterdir()) == []


def test_a_page_that_is_no_weight_file_is_refused(server: str, tmp_path: Path) -> None:
    (tmp_path / "public" / "page.pth").write_text("<html>sign in</html>")

    with pytest.raises(SystemExit, match=r"page\.pth is not a readable checkpoint"):
        BackboneWeights(f"{server}/page.pth", names="mit")(_mit())


def test_the_variable_comes_before_the_config(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = foreign_weights.mit_b0()
    torch.save(theirs, tmp_path / "mine.pth")
    monkeypatch.setenv("GPCIS_PRETRAINED", str(tmp_path / "mine.pth"))
    backbone = _mit()

    BackboneWeights(_NOBODY, names="mit")(backbone)

    first = backbone.state_dict()["layers.0.0.projection.weight"]
    assert torch.equal(first, theirs["patch_embed1.proj.weight"])


def test_a_missing_local_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPCIS_PRETRAINED", "/nowhere/mine.pth")

    with pytest.raises(
        SystemExit, match="gpcis: There is no weight file at /nowhere/m"
    ):
        BackboneWeights(_NOBODY, names="mit")(_mit())


def test_random_weights_on_purpose_are_mmsegs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GPCIS_PRETRAINED", "none")
    backbone = _mit()
    before = backbone.layers[0][0].projection.weight.clone()

    BackboneWeights(_NOBODY, names="mit")(backbone)

    assert not torch.equal(before, backbone.layers[0][0].projection.weight)
    linear = backbone.layers[3][1][0].attn.attn.out_proj
    assert linear.weight.std().item() == pytest.approx(0.02, rel=0.05)


def test_a_random_resnet_keeps_the_size_of_its_signals() -> None:
    """Kaiming: variance 2/fan-out, as mmseg starts it."""
    backbone = ResNetV1c(depth=18, stem_channels=64)

    start_at_random(backbone)

    kernel = backbone.layer4[1].conv2.weight
    assert kernel.var().item() == pytest.approx(2 / (512 * 9), rel=0.02)


class _Counted(nn.Module):
    """Knows whether somebody initialised it."""

    started = False

    def init_weights(self) -> None:
        self.started = True


class _Started(ClickRunner):
    """A runner that has got as far as the model's first weights."""

    def __init__(self, model: nn.Module, resume: bool, folder: Path) -> None:
        self.model, self._resume, self._load_from = model, resume, None
        self._work_dir = str(folder)


def _mit() -> MixVisionTransformer:
    return MixVisionTransformer(
        embed_dims=32, num_layers=(2, 2, 2, 2), num_heads=(1, 2, 5, 8)
    )
