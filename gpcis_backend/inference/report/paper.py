"""Published numbers, for rows beside ours.

Zhou et al. 2023, tables 1 to 4, models trained on SBD, and the benchmark RClicks for
robustness.  None of them was measured here.
"""

from typing import NamedTuple


class Row(NamedTuple):
    """Published cells of one model.

    Args:
        model: Method and backbone.
        cells: By the names of the sets.
    """

    model: str
    cells: dict[str, str]


def _row(model: str, cells: str) -> Row:
    return Row(model, dict(zip(_FOUR, cells.split(), strict=True)))


_FOUR = ("grabcut", "berkeley", "sbd", "davis", "mean")
NOC = (  # NoC@85/NoC@90; of the mean only NoC@90
    _row("GPCIS SegFormer-B0-S2", "1.60/1.76 1.84/2.70 4.16/6.28 4.45/6.04 4.20"),
    _row("RITM SegFormer-B0-S2", "1.62/1.82 1.84/2.92 4.26/6.38 4.65/6.13 4.31"),
    _row("GPCIS HRNet18s-S2", "1.74/1.94 1.83/2.65 4.28/6.25 4.62/6.16 4.25"),
    _row("RITM HRNet18s-S2", "2.00/2.24 2.13/3.19 4.29/6.36 4.89/6.54 4.58"),
    _row("GPCIS ResNet50", "1.64/1.82 1.60/2.60 3.80/5.71 4.37/5.89 4.00"),
    _row("RITM ResNet50", "2.16/2.30 1.90/2.95 3.97/5.92 4.56/6.05 4.31"),
    _row("FocalClick ResNet50", "1.92/2.14 1.87/2.86 3.84/5.82 4.61/6.01 4.21"),
)


class Detail(NamedTuple):
    """Published cells of one model on one set: ResNet50, 100 clicks."""

    dataset: str
    model: str
    noc: str
    nof: str
    iou_1: str
    iou_5: str
    noic: str


DETAILS = (
    Detail("grabcut", "RITM ResNet50", "2.40", "0", "79.86", "95.15", "14"),
    Detail("grabcut", "GPCIS ResNet50", "1.82", "0", "84.44", "96.82", "0"),
    Detail("berkeley", "RITM ResNet50", "3.75", "1", "76.88", "94.66", "2"),
    Detail("berkeley", "GPCIS ResNet50", "3.36", "1", "79.43", "95.11", "0"),
    Detail("sbd", "RITM ResNet50", "13.16", "523", "69.66", "89.02", "1250"),
    Detail("sbd", "GPCIS ResNet50", "11.23", "331", "67.51", "89.60", "51"),
    Detail("davis", "RITM ResNet50", "18.09", "51", "72.89", "89.14", "74"),
    Detail("davis", "GPCIS ResNet50", "17.03", "44", "75.67", "89.60", "2"),
)
PARAMETERS = {"GPCIS ResNet50": "39.39 M"}
SECONDS = {"GPCIS ResNet50": "0.039 (V100)", "RITM ResNet50": "0.034 (V100)"}

NOISE_SET = "davis"
NOISE_MODEL = "GPCIS ResNet50"
NOISE_NOIC = {1e-1: 36, 1e-2: 30, 1e-3: 21, 1e-4: 15, 1e-5: 15, 1e-6: 8, 1e-7: 2}

ROBUSTNESS = (  # mean ± std of NoC@90, increase over centre clicks, spread G1 - G10
    ("GPCIS ResNet50", "3.87 ± 0.79", "19.6 %", "56.4 %"),
    ("RITM HRNet18, SBD", "4.80", "12.0 %", "25.3 %"),
    ("RITM HRNet18s, COCO+LVIS", "3.80", "15.8 %", "32.7 %"),
    ("SimpleClick ViT-B, SBD", "3.75", "11.4 %", "19.5 %"),
    ("SAM2.1-L", "2.81", "7.4 %", "4.5 %"),
)

ABLATION = (  # mean NoC@85, NoC@90 over the four sets, ResNet50
    ("full", "2.85", "4.00"),
    ("no L_VI", "2.98", "4.07"),
    ("fixed function-space kernel", "3.00", "4.16"),
    ("fixed weight-space prior", "3.10", "4.34"),
    ("no RGB concatenation", "2.96", "4.10"),
)
