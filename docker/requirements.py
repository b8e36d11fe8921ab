"""Print what pyproject.toml asks for, so that it is installed before the code is there.

python docker/requirements.py > requirements.txt
"""

import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
needed = project["dependencies"] + project["optional-dependencies"]["label-studio"]
print(*needed, sep="\n")
