"""What a labeling config says about images and masks."""

import pytest

from gpcis_backend.errors import InvalidInput
from gpcis_backend.server.label_studio.labeling import (
    check_config,
    first_image,
    image_key,
    output_tag,
    parse,
)
from label_studio_calls import CONFIG

TWO_IMAGES = """<View>
  <Image name="left" value="$first"/><Image name="right" value="$second"/>
  <KeyPointLabels name="kp1" toName="left" smart="true"><Label value="a"/>
  </KeyPointLabels>
  <KeyPointLabels name="kp2" toName="right" smart="true"><Label value="b"/>
  </KeyPointLabels>
  <PolygonLabels name="poly" toName="left"><Label value="a"/></PolygonLabels>
  <BrushLabels name="brush" toName="right"><Label value="b"/></BrushLabels>
  <BrushLabels name="more" toName="right"><Label value="c"/></BrushLabels>
</View>"""


def test_each_image_has_its_own_address_and_output() -> None:
    tags = parse(TWO_IMAGES)

    assert image_key(tags, "left") == "first"
    assert image_key(tags, "right") == "second"
    assert output_tag(tags, "left", ()).name == "poly"
    assert output_tag(tags, "right", ()).name == "brush"


def test_the_tag_that_knows_the_label_is_taken() -> None:
    tag = output_tag(parse(TWO_IMAGES), "right", ("c",))

    assert (tag.name, tag.known(("x", "c"))) == ("more", "c")


@pytest.mark.parametrize(
    ("tags", "kind", "type_"),
    [
        (("PolygonLabels", "BitmaskLabels", "BrushLabels"), "brush", "brushlabels"),
        (("PolygonLabels", "BitmaskLabels"), "bitmask", "bitmasklabels"),
        (("PolygonLabels",), "polygon", "polygonlabels"),
        (("Brush",), "brush", "brush"),
    ],
    ids=["brush first", "then bitmask", "then polygon", "without labels"],
)
def test_the_output_is_chosen_by_the_config(
    tags: tuple[str, ...], kind: str, type_: str
) -> None:
    parts = [
        f'<{tag} name="t{num}" toName="image"><Label value="a"/></{tag}>'
        for num, tag in enumerate(tags)
    ]
    config = f'<View><Image name="image" value="$image"/>{"".join(parts)}</View>'

    tag = output_tag(parse(config), "image", ("a",))

    assert (tag.kind, tag.type) == (kind, type_)


@pytest.mark.parametrize(
    "config",
    [
        None,
        "",
        "  ",
        "<View>",
        "no xml",
        '<?xml version="1.0" encoding="utf-8"?><View/>',
        "<View/>",
        '<View><Image name="i" value="$i"/></View>',
        '<View><Image name="i" value="$i"/><KeyPoint name="k" toName="i"/></View>',
        '<View><BrushLabels toName="i"/></View>',
    ],
    ids=repr,
)
def test_an_unusable_config_is_refused_with_a_way_out(config: object) -> None:
    with pytest.raises(InvalidInput, match="gpcis ls-config"):
        check_config(config)


def test_a_usable_config_passes() -> None:
    check_config(CONFIG)

    assert first_image(parse(CONFIG)) == "image"


def test_an_unknown_image_tag_is_named() -> None:
    with pytest.raises(InvalidInput, match='"elsewhere"'):
        image_key(parse(CONFIG), "elsewhere")
