"""The labeling configs that we print, and what is found in those that others write."""

from typing import get_args
from xml.etree import ElementTree as xml

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpcis_backend.errors import InvalidInput
from gpcis_backend.server.label_studio.doctor.labeling import check_config
from gpcis_backend.server.label_studio.labeling import (
    Kind,
    first_image,
    image_key,
    output_tag,
    parse,
)
from gpcis_backend.server.label_studio.labeling_config import colour, labeling_config

names = st.text(min_size=1, max_size=20).filter(
    lambda name: name.isprintable() and name == name.strip()
)

GOOD = labeling_config(["cat", "dog"])


@pytest.mark.parametrize("kind", get_args(Kind))
@pytest.mark.parametrize("with_rectangle", [False, True])
def test_what_is_printed_is_found_to_fit(kind: Kind, with_rectangle: bool) -> None:
    config = labeling_config(["cat", "dog"], kind, with_rectangle=with_rectangle)

    findings = check_config(config)

    assert [finding.level for finding in findings] == ["ok"]


@pytest.mark.parametrize("kind", get_args(Kind))
def test_the_backend_finds_image_and_output_tag(kind: Kind) -> None:
    tags = parse(labeling_config(["cat", "dog"], kind))

    image = first_image(tags)
    assert image == "image"
    assert image_key(tags, image) == "image"
    output = output_tag(tags, image, ["dog"])

    assert (output.kind, output.labels) == (kind, ("cat", "dog"))


@given(labels=st.lists(names, min_size=1, max_size=12, unique=True))
def test_any_printable_name_comes_back_from_both_tags(labels: list[str]) -> None:
    view = xml.fromstring(labeling_config(labels))

    for tag in ("KeyPointLabels", "BrushLabels"):
        found = [label.get("value") for label in view.findall(f"{tag}/Label")]
        assert found == labels


def test_without_names_there_is_one_label() -> None:
    assert 'value="Object"' in labeling_config([])


@pytest.mark.parametrize("labels", [["cat", "cat "], [" "], ["a\nb"], ["\udc80"]])
def test_names_that_cannot_be_labels_are_refused(labels: list[str]) -> None:
    with pytest.raises(InvalidInput, match="label"):
        labeling_config(labels)


def test_a_label_has_one_colour_and_no_other_label_has_it() -> None:
    view = xml.fromstring(labeling_config([f"label {i}" for i in range(60)]))
    colours = {
        label.get("value"): label.get("background") for label in view.iter("Label")
    }

    assert len(set(colours.values())) == 60
    assert colours["label 3"] == colour(3)


@pytest.mark.parametrize(
    ("old", "new", "level", "words"),
    [
        pytest.param("</View>", "", "problem", "no XML", id="cut off"),
        pytest.param("<Image ", "<Text ", "problem", "no Image tag", id="no image"),
        pytest.param(
            "KeyPointLabels", "EllipseLabels", "problem", "no KeyPoint", id="no clicks"
        ),
        pytest.param(
            'smart="true" smartOnly="true"', "", "problem", "asks no", id="not smart"
        ),
        pytest.param(
            'smartOnly="true"', "", "warning", "looks alike", id="not smart only"
        ),
        pytest.param(
            'smart="false"', 'smart="true"', "warning", "hides", id="smart output"
        ),
        pytest.param("BrushLabels", "Choices", "problem", "Nothing", id="no output"),
        pytest.param(
            'name="mask" toName="image"',
            'name="mask" toName="other"',
            "problem",
            "Nothing takes the masks",
            id="output of another image",
        ),
        pytest.param(
            '<Label value="dog" background="#0d84f2" />\n  </B',
            "</B",
            "problem",
            'lacks "dog"',
            id="label missing in the output",
        ),
        pytest.param(
            '<Label value="dog" background="#0d84f2" />\n  </K',
            "</K",
            "warning",
            "cannot be clicked",
            id="label missing among clicks",
        ),
    ],
)
def test_what_is_wrong_is_said_with_a_remedy(
    old: str, new: str, level: str, words: str
) -> None:
    assert old in GOOD

    findings = check_config(GOOD.replace(old, new))

    assert [finding.level for finding in findings] == [level]
    assert words in findings[0].what
    assert findings[0].remedy


def test_an_alias_counts_as_the_name_of_a_label() -> None:
    config = GOOD.replace('value="dog"', 'value="Dog" alias="dog"', 1)

    assert [finding.level for finding in check_config(config)] == ["ok"]


def test_labels_that_tasks_bring_along_are_not_compared() -> None:
    config = GOOD.replace('name="click"', 'name="click" value="$names"')

    assert [finding.level for finding in check_config(config)] == ["ok"]


def test_a_second_image_without_tools_is_no_fault() -> None:
    config = GOOD.replace("</View>", '<Image name="map" value="$map"/></View>')

    assert [finding.level for finding in check_config(config)] == ["ok"]
