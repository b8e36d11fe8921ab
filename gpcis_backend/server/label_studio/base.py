"""The base class of label-studio-ml, imported with a folder of its own to write to.

2.x opens a database in ``MODEL_DIR`` as soon as it is imported, by default in the
working directory; ours is removed when the process ends.
"""

import os
from tempfile import TemporaryDirectory

_folder = TemporaryDirectory(prefix="gpcis-label-studio-")
os.environ.setdefault("MODEL_DIR", _folder.name)

from label_studio_ml.model import LabelStudioMLBase  # noqa: E402

__all__ = ["LabelStudioMLBase"]
