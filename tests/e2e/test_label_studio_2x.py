"""The prediction class under the call signatures that label-studio-ml 2.x documents.

2.x is not on PyPI, so that a stand-in of ours, written from its documentation, takes
the library's place in a process of its own.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_MODEL = '''
class LabelStudioMLBase:
    """One instance a call; ``setup`` runs inside the constructor."""

    kept = {}

    def __init__(self, project_id=None, label_config=None):
        self.project_id = project_id or ""
        if label_config is not None:
            self.set("label_config", label_config)
        self.setup()

    def setup(self):
        pass

    def get(self, key):
        return self.kept.get((self.project_id, key))

    def set(self, key, value):
        self.kept[self.project_id, key] = value

    @property
    def label_config(self):
        return self.get("label_config")

    @property
    def parsed_label_config(self):
        raise TypeError("no labeling config")

    @property
    def model_version(self):
        return self.get("model_version")
'''
_API = """
from flask import Flask, jsonify, request

_server = Flask(__name__)
_classes = []


def init_app(model_class, basic_auth_user=None, basic_auth_pass=None):
    _classes.append(model_class)
    return _server


@_server.post("/predict")
def predict():
    data = request.json
    project = data["project"].split(".", 1)[0]
    params = data.get("params", {})
    context = params.pop("context", {})
    model = _classes[-1](project_id=project, label_config=data.get("label_config"))
    return jsonify(results=model.predict(data["tasks"], context=context, **params))


@_server.post("/setup")
def setup():
    data = request.json
    project = data["project"].split(".", 1)[0]
    model = _classes[-1](project_id=project, label_config=data.get("schema"))
    return jsonify(model_version=model.get("model_version"))
"""
_RUN = """
import json, sys
from label_studio_calls import *

GpcisBackend.service = service()
client = stock_host(GpcisBackend.service).test_client()
params = {"login": None, "password": None, "context": {"result": [keypoint(35, 43)]}}
bodies = {
    "null params": ("/predict", predict_body(params=None)),
    "null context": ("/predict", predict_body(params={"context": None})),
    "absent context": ("/predict", predict_body(params={})),
    "empty context": ("/predict", predict_body()),
    "click": ("/predict", predict_body(params=params)),
    "bad config": ("/predict", predict_body(keypoint(35, 43), label_config="<View>")),
    "null project": ("/setup", {"project": None, "schema": "<View>"}),
    "setup": ("/setup", {"project": "1.2", "schema": CONFIG}),
    "webhook": ("/webhook", {"action": "ANNOTATION_CREATED"}),
}
answers = {name: client.post(path, json=body) for name, (path, body) in bodies.items()}
backend = GpcisBackend(project_id="1", label_config=CONFIG)
fitted = backend.fit("ANNOTATION_CREATED", {"project": {}}, job_id=1)
found = {name: [it.status_code, it.get_json()] for name, it in answers.items()}
print(json.dumps({**found, "fit": fitted}))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory, root: Path) -> dict[str, Any]:
    """What a 2.x host answers to each call."""
    folder = tmp_path_factory.mktemp("label-studio-ml")
    package = folder / "label_studio_ml"
    package.mkdir()
    for name, text in {"__init__": "", "model": _MODEL, "api": _API}.items():
        (package / f"{name}.py").write_text(text)
    path = os.pathsep.join([str(folder), str(root / "tests")])
    done = subprocess.run(
        [sys.executable, "-c", _RUN],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("call", ["null params", "null context", "absent context"])
def test_opening_a_task_stores_no_prediction(
    answers: dict[str, Any], call: str
) -> None:
    assert answers[call] == [200, {"results": []}]


def test_a_click_gets_a_mask_and_no_click_an_empty_item(
    answers: dict[str, Any],
) -> None:
    status, body = answers["click"]
    (item,) = body["results"]

    assert status == 200
    assert item["result"][0]["type"] == "brushlabels"
    assert answers["empty context"][1]["results"][0]["result"] == []


def test_the_version_of_setup_is_that_of_the_items(answers: dict[str, Any]) -> None:
    version = answers["setup"][1]["model_version"]

    assert version.startswith("gpcis-")
    assert answers["click"][1]["results"][0]["model_version"] == version


def test_nothing_that_2x_stumbles_over_reaches_it(answers: dict[str, Any]) -> None:
    statuses = {name: answers[name][0] for name in ("null project", "webhook")}

    assert statuses == {"null project": 200, "webhook": 200}
    assert answers["bad config"] == [200, {"results": []}]
    assert answers["fit"] == {"status": "ignored"}
