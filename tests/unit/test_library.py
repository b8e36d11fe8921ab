from pathlib import Path

import numpy as np
import pytest

from gpcis_backend.errors import InvalidInput
from gpcis_backend.server.library.folder import FolderImages
from gpcis_backend.server.library.natural import natural_key
from gpcis_backend.server.library.uploads import UploadFolder


def test_numbers_in_names_are_sorted_by_value() -> None:
    names = ["img12", "IMG2", "img1/a", "b", "img02", "1", "Ä", "²"]

    ordered = sorted(names, key=natural_key)

    assert ordered[0] == "1"
    assert ordered.index("IMG2") < ordered.index("img12")
    assert sorted(ordered, key=natural_key) == ordered


def test_what_is_no_folder_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="--images"):
        FolderImages(tmp_path / "none", None, 1, 1)


def test_half_written_and_foreign_files_are_no_uploads(tmp_path: Path) -> None:
    folder = UploadFolder(tmp_path)
    image = np.zeros((2, 3, 3), dtype=np.uint8)
    item = folder.add("a.png", b"\x89PNG....", image)
    (tmp_path / ("0" * 16 + ".json")).write_text("{")
    (tmp_path / ("1" * 16 + ".json")).write_text('{"file": "x"}')
    (tmp_path / ("2" * 16 + ".png")).write_text("without facts")

    (found,) = UploadFolder(tmp_path).items()

    assert found.ref == item.ref
    assert found.data == b"\x89PNG...."


def test_facts_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "uploads"
    folder.mkdir()
    (tmp_path / "secret").write_text("secret")
    facts = (
        '{"file": "../secret", "sha256": "ab", "name": "a", "width": 1, "height": 1}'
    )
    (folder / ("0" * 16 + ".json")).write_text(facts)

    (found,) = UploadFolder(folder).items()

    assert found.document == folder / "secret.gpcis.json"
