"""Berkeley: 100 objects in 96 photographs of the segmentation data set of that name."""

from pathlib import Path

from gpcis_backend.data.image_pairs import ImagePairs, Layout, find_pairs, grey_masks

LAYOUTS = (Layout("images", "masks"), Layout("img", "gt"))


def berkeley(root: Path) -> ImagePairs:
    """The set below ``root``, laid out as its public archive or as img + gt.

    Objects of one photograph are told apart by a letter (189011, 189011a, 189011b);
    the photograph may be there once, or once for each object.
    """
    return find_pairs("Berkeley", root, LAYOUTS, grey_masks, with_shared_images=True)
