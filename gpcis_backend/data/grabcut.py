"""GrabCut: 50 photographs, one object each, with an unlabelled band at its border."""

from pathlib import Path

from gpcis_backend.data.image_pairs import ImagePairs, Layout, find_pairs, grey_masks

LAYOUTS = (Layout("data_GT", "boundary_GT"), Layout("img", "gt"))


def grabcut(root: Path) -> ImagePairs:
    """The set below ``root``, laid out as its public archive or as img + gt."""
    return find_pairs("GrabCut", root, LAYOUTS, grey_masks)
