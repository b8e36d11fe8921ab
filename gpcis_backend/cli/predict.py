"""``gpcis predict``: the mask of one image and its clicks, as a PNG."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gpcis_backend.errors import InvalidInput

if TYPE_CHECKING:
    from gpcis_backend.clicks.click import BoolMask, Click
    from gpcis_backend.inference.session import Session


def predict(
    image: Annotated[
        Path, typer.Argument(help="JPEG, PNG, WebP, BMP or TIFF.", show_default=False)
    ],
    out: Annotated[Path, typer.Option(help="PNG to write: 255 object, 0 the rest.")],
    more_clicks: Annotated[
        list[str] | None, typer.Argument(metavar="[CLICK]...", hidden=True)
    ] = None,
    click: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ROW,COL,+",
            help="Pixels from the top left; + object, - background. May be repeated.",
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Weights; default: the shipped model.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Config of the weights, if they name none.")
    ] = None,
    threshold: Annotated[
        float, typer.Option(help="Object where the probability is above this.")
    ] = 0.5,
) -> None:
    """Write the mask that the clicks describe, at the size of the upright image."""
    from gpcis_backend.clicks.click import check_clicks
    from gpcis_backend.inference.engine import Engine
    from gpcis_backend.inference.images import read_image
    from gpcis_backend.inference.load import load_predictor
    from gpcis_backend.inference.session import Session

    clicks = parse_clicks(click or [], more_clicks or [])
    _check(out, threshold)
    pixels = read_image(image)
    check_clicks(clicks, *pixels.shape[:2])
    engine = Engine(load_predictor(checkpoint, config))
    session = Session(engine, pixels, threshold=threshold)
    for made in clicks:
        session.add(made)
    _write(out, session)


def parse_clicks(options: list[str], loose: list[str]) -> list[Click]:
    """The clicks of ``--click A --click B``, or of ``--click A B``, in order.

    Args:
        options: What stands behind each ``--click``.
        loose: Words behind the image or the click that belong to no option.

    Raises:
        InvalidInput: A word is no click, or the order of the clicks cannot be told.
    """
    if loose and len(options) != 1:
        raise InvalidInput(
            f'"{loose[0]}" stands alone; write --click in front of each click.'
        )
    return [parse_click(word) for word in (*options, *loose)]


def parse_click(word: str) -> Click:
    """A click from ``ROW,COL,+`` or ``ROW,COL,-``; fractions are floored.

    Raises:
        InvalidInput: Another form, or no finite numbers.

    Example:
        >>> parse_click("120,88.5,-")
        Click(row=120, col=88, is_positive=False)
    """
    from gpcis_backend.clicks.click import Click

    parts = [part.strip() for part in word.split(",")]
    try:
        row, col, sign = parts
        place = math.floor(float(row)), math.floor(float(col))
    except (ValueError, OverflowError):  # too few parts, words, NaN, infinity
        sign = ""
    if sign not in ("+", "-"):
        raise InvalidInput(
            f'"{word}" is no click: write ROW,COL,+ for the object or ROW,COL,- for '
            "the background, such as --click 120,88,+."
        )
    return Click(*place, is_positive=sign == "+")


def _check(out: Path, threshold: float) -> None:
    """Refuse before the work what would fail after it."""
    if out.suffix.lower() != ".png":
        raise InvalidInput(f"--out must name a PNG file, not {out}.")
    if not out.absolute().parent.is_dir():
        raise InvalidInput(f"The folder of --out does not exist: {out.parent}.")
    if not 0 <= threshold < 1:
        raise InvalidInput(f"The threshold must be in [0, 1), not {threshold}.")


def _write(out: Path, session: Session) -> None:
    """The mask as a PNG, and one line about it."""
    answer = session.answer()
    height, width = answer.mask.shape
    out.write_bytes(_to_png(answer.mask))
    typer.echo(
        f"{out}: the mask covers {100 * answer.mask.mean():.2f} % "
        f"of {width} x {height} pixels."
    )
    for mark, words in (
        ("forced", "contradict the model and were forced on a small disc"),
        ("conflict", "were taken back by a later click on the same pixel"),
    ):
        if num := answer.marks.count(mark):
            typer.echo(f"{num} of {len(answer.marks)} clicks {words}.")


def _to_png(mask: BoolMask) -> bytes:
    import io

    import numpy as np
    from PIL.Image import fromarray

    buffer = io.BytesIO()
    fromarray(np.where(mask, 255, 0).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()
