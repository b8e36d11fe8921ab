"""The public sets: addresses, sizes and checksums as their sources state them.

GrabCut, Berkeley and DAVIS as f-BRS packed them (Sofiiuk et al. 2020), COCO + LVIS as
RITM did (Sofiiuk et al. 2021), the others from their own sites.  SHA-256 and sizes of
COCO come from the checksum list of TensorFlow Datasets, MD5 of SBD and VOC from
torchvision, their sizes from what the servers say; of the rest only the size is known,
as its page rounds it, if at all.
"""

from dataclasses import dataclass
from pathlib import Path

from gpcis_backend.data import berkeley, coco_lvis, davis, grabcut, sbd, voc
from gpcis_backend.errors import InvalidInput

_FBRS = "https://github.com/saic-vul/fbrs_interactive_segmentation/releases/download"
_RITM = "https://github.com/saic-vul/ritm_interactive_segmentation/releases/download"
_SBD_PATH = "Research/Projects/CS/vision/grouping/semantic_contours/benchmark.tgz"
_COCO = "http://images.cocodataset.org/zips"


@dataclass(frozen=True, slots=True)
class Archive:
    """A file to be downloaded, and what of it is kept.

    Args:
        file: Its name.
        part: Of the set, as ``--part`` names it.
        urls: Where it is; the later ones are tried if the first does not have it.
        moves: Path below the place in the archive where all of these are, and path in
            the folder of the set; "" is the place, or the folder, itself.
        about_bytes: Size as a page rounds it; None if none says it.
        num_bytes: Exact size; None if unknown.
        digest: ``md5:..`` or ``sha256:..``; None if no source states one.
    """

    file: str
    part: str
    urls: tuple[str, ...]
    moves: tuple[tuple[str, str], ...]
    about_bytes: int | None = None
    num_bytes: int | None = None
    digest: str | None = None

    @property
    def size(self) -> int | None:
        """Bytes, exact or rounded; None if unknown."""
        return self.num_bytes or self.about_bytes


@dataclass(frozen=True, slots=True)
class PublicSet:
    """A data set, where it comes from and where the readers look for it.

    Args:
        name: On the command line.
        about: What it is.
        page: Which describes it.
        terms: What may be done with it, as far as its source says.
        folders: Below the data folder, where readers look; the set goes to the first.
        layouts: Paths in its folder; all those of one layout are there, or it is not.
        archives: All of them make the set.
    """

    name: str
    about: str
    page: str
    terms: str
    folders: tuple[str, ...]
    layouts: tuple[tuple[str, ...], ...]
    archives: tuple[Archive, ...]

    def is_in(self, folder: Path) -> bool:
        """Whether one of the layouts lies in ``folder``; files are not counted."""
        return any(
            all((folder / path).exists() for path in layout) for layout in self.layouts
        )

    def place(self, root: Path) -> Path:
        """The folder below ``root`` that holds the set, else the one that it gets."""
        folders = [root / folder for folder in self.folders]
        return next(filter(self.is_in, folders), folders[0])

    def missing(self, root: Path) -> tuple[Archive, ...]:
        """The archives of which something is not below ``root`` yet.

        None, if the set lies there in a form that they do not have.
        """
        place = self.place(root)
        parts = [[place / path for _, path in one.moves] for one in self.archives]
        here = [[path.exists() for path in paths] for paths in parts]
        if self.is_in(place) and (len(parts) == 1 or not any(map(any, here))):
            return ()
        return tuple(
            one
            for one, found in zip(self.archives, here, strict=True)
            if not all(found)
        )


def public_set(name: str) -> PublicSet:
    """The set of this name.

    Raises:
        InvalidInput: There is none.
    """
    if name not in PUBLIC_SETS:
        known = ", ".join(PUBLIC_SETS)
        raise InvalidInput(f'The data set "{name}" is unknown; choose one of {known}.')
    return PUBLIC_SETS[name]


_GRABCUT = PublicSet(
    name="grabcut",
    about="50 photographs, 50 objects with an unlabelled band",
    page="https://github.com/saic-vul/fbrs_interactive_segmentation",
    terms="no licence stated with it; cite Rother et al. 2004",
    folders=("eval/GrabCut",),
    layouts=tuple((one.images, one.masks) for one in grabcut.LAYOUTS),
    archives=(
        Archive(
            file="GrabCut.zip",
            part="all",
            urls=(f"{_FBRS}/v1.0/GrabCut.zip",),
            moves=(("data_GT", "data_GT"), ("boundary_GT", "boundary_GT")),
            about_bytes=11_000_000,
        ),
    ),
)
_BERKELEY = PublicSet(
    name="berkeley",
    about="96 photographs, 100 objects",
    page="https://github.com/saic-vul/fbrs_interactive_segmentation",
    terms="photographs of BSDS: non-commercial research and education",
    folders=("eval/Berkeley",),
    layouts=tuple((one.images, one.masks) for one in berkeley.LAYOUTS),
    archives=(
        Archive(
            file="Berkeley.zip",
            part="all",
            urls=(f"{_FBRS}/v1.0/Berkeley.zip",),
            moves=(("images", "images"), ("masks", "masks")),
            about_bytes=7_000_000,
        ),
    ),
)
_DAVIS = PublicSet(
    name="davis",
    about="345 frames of videos, one mask each",
    page="https://github.com/saic-vul/fbrs_interactive_segmentation",
    terms="BSD licence, as the authors' repository says; cite Perazzi et al. 2016",
    folders=("eval/DAVIS",),
    layouts=tuple((one.images, one.masks) for one in davis.LAYOUTS),
    archives=(
        Archive(
            file="DAVIS.zip",
            part="all",
            urls=(f"{_FBRS}/v1.0/DAVIS.zip",),
            moves=(("img", "img"), ("gt", "gt")),
            about_bytes=43_000_000,
        ),
    ),
)
_SBD = PublicSet(
    name="sbd",
    about="Semantic Boundaries: 8,498 photographs to train, 2,857 to measure",
    page="http://home.bharathh.info/pubs/codes/SBD/download.html",
    terms="no licence stated with it; photographs of VOC 2011: terms of Flickr",
    folders=sbd.PLACES,
    layouts=(("img", "inst", "train.txt", "val.txt"),),
    archives=(
        Archive(
            file="benchmark.tgz",
            part="all",
            urls=(
                f"https://www2.eecs.berkeley.edu/{_SBD_PATH}",
                f"http://www.eecs.berkeley.edu/{_SBD_PATH}",
            ),
            moves=tuple(
                (name, name) for name in ("img", "inst", "train.txt", "val.txt")
            ),
            num_bytes=1_419_539_633,
            digest="md5:82b4d87ceb2ed10f6038a1cba92111cb",
        ),
    ),
)
_VOC = PublicSet(
    name="voc",
    about="Pascal VOC 2012: 1,449 photographs with instances to measure",
    page="http://host.robots.ox.ac.uk/pascal/VOC/voc2012/",
    terms="photographs of Flickr under its terms",
    folders=voc.PLACES,
    layouts=(("JPEGImages", "SegmentationObject", "ImageSets/Segmentation/val.txt"),),
    archives=(
        Archive(
            file="VOCtrainval_11-May-2012.tar",
            part="all",
            urls=(
                "http://host.robots.ox.ac.uk/pascal/VOC/voc2012/"
                "VOCtrainval_11-May-2012.tar",
                "http://pjreddie.com/media/files/VOCtrainval_11-May-2012.tar",
            ),
            moves=tuple(
                (name, name)
                for name in ("JPEGImages", "SegmentationObject", "ImageSets")
            ),
            num_bytes=1_999_639_040,
            digest="md5:6cd6e144f989b92b3379bac3b3de84fd",
        ),
    ),
)
_COCO_LVIS = PublicSet(
    name="coco_lvis",
    about="COCO + LVIS v1 in RITM's packing: 99k photographs to train, and val",
    page="https://github.com/saic-vul/ritm_interactive_segmentation",
    terms="annotations CC BY 4.0, photographs of Flickr under its terms",
    folders=coco_lvis.PLACES,
    layouts=(
        *(
            (f"{part}/hannotation.pickle", f"{part}/masks", f"{part}/images")
            for part in ("train", "val")
        ),
        *(
            (f"{part}2017", f"{folder}{file}_{part}{ending}.json")
            for part in ("train", "val")
            for folder in ("annotations/", "")
            for file, ending in (("instances", "2017"), ("lvis_v1", ""))
        ),
    ),
    archives=(
        Archive(
            file="cocolvis_annotation.tar.gz",
            part="annotations",
            urls=(f"{_RITM}/v1.0/cocolvis_annotation.tar.gz",),
            moves=tuple(
                (f"{part}/{name}", f"{part}/{name}")
                for part in ("train", "val")
                for name in ("masks", "hannotation.pickle")
            ),
        ),
        Archive(
            file="val2017.zip",
            part="val",
            urls=(f"{_COCO}/val2017.zip",),
            moves=(("val2017", "val/images"),),
            num_bytes=815_585_330,
            digest=(
                "sha256:"
                "4f7e2ccb2866ec5041993c9cf2a952bbed69647b115d0f74da7ce8f4bef82f05"
            ),
        ),
        Archive(
            file="train2017.zip",
            part="train",
            urls=(f"{_COCO}/train2017.zip",),
            moves=(("train2017", "train/images"),),
            num_bytes=19_336_861_798,
            digest=(
                "sha256:"
                "69a8bb58ea5f8f99d24875f21416de2e9ded3178e903f1f7603e283b9e06d929"
            ),
        ),
    ),
)
PUBLIC_SETS = {
    one.name: one for one in (_GRABCUT, _BERKELEY, _DAVIS, _SBD, _VOC, _COCO_LVIS)
}
