"""The base class of label-studio-ml, imported with a folder of its own to write to.

2.x opens a database in ``MODEL_DIR`` as soon as it is imported, by default in the
working directory.
"""

import os
from pathlib import Path
from tempfile import gettempdir

_user = getattr(os, "getuid", os.getpid)()
_folder = Path(gettempdir()) / f"gpcis-label-studio-{_user}"
if "MODEL_DIR" not in os.environ:
    _folder.mkdir(mode=0o700, exist_ok=True)
    os.environ["MODEL_DIR"] = str(_folder)

from label_studio_ml.model import LabelStudioMLBase  # noqa: E402

__all__ = ["LabelStudioMLBase"]
