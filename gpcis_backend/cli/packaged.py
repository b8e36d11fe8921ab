"""Files that come with the package, in a checkout and in the wheel."""

from pathlib import Path


def packaged(config: Path) -> Path:
    """The config itself, or the one of this name that came with the package."""
    package = Path(__file__).parents[1]
    places = [config, package / config, package.parent / config]
    return next((place for place in places if place.is_file()), config)
