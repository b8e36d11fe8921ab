"""Print what pyproject.toml asks for, so that it is installed before the code is there.

python docker/requirements.py > requirements.txt
"""

import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
extras = project["optional-dependencies"]
print(*project["dependencies"], *extras["label-studio"], *extras["openvino"], sep="\n")
