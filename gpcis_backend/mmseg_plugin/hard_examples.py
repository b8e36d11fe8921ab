"""Pictures that the model finds hard come more often, as in the released training."""

from collections.abc import Sequence
from pathlib import Path

from mmengine.logging import print_log

from gpcis_backend.data.scores import read_scores
from gpcis_backend.errors import InvalidInput
from gpcis_backend.mmseg_plugin.picture_order import HardExamples, Spot
from gpcis_backend.mmseg_plugin.picture_sources import Source


def hard_examples(sources: Sequence[Source], path: Path, gamma: float) -> HardExamples:
    """Pictures weighted by (1 - score)^gamma; those without a score are left out.

    Args:
        sources: Of the pictures.
        path: File of scores, see ``data.scores``; a number counts the pictures of all
            sources through.
        gamma: Exponent.

    Raises:
        DataNotFound: The file is missing or damaged.
        InvalidInput: It names a picture that there is not, or every weight is 0.
    """
    known = _known(sources)
    scores = read_scores(path)
    unknown = [key for key in scores if key not in known]
    if unknown:
        names = ", ".join(source.pictures.name for source in sources)
        raise InvalidInput(
            f"{path} gives a score to {unknown[0]!r}, which is no training picture of "
            f"{names} ({len(unknown)} of {len(scores)} are unknown)."
        )
    weights = [(1 - score) ** gamma for score in scores.values()]
    if not sum(weights):
        raise InvalidInput(f"{path} leaves no picture to train on: every weight is 0.")
    count = sum(len(source.pictures) for source in sources)
    print_log(f"{path}: {len(scores)} of {count} pictures have a score", "current")
    return HardExamples([known[key] for key in scores], weights)


def _known(sources: Sequence[Source]) -> dict[str | int, Spot]:
    """Every picture by its stem and by its number."""
    spots = [
        (number, picture)
        for number, source in enumerate(sources)
        for picture in range(len(source.pictures))
    ]
    known: dict[str | int, Spot] = dict(enumerate(spots))
    known.update({sources[n].pictures.stem(p): (n, p) for n, p in spots})
    return known
