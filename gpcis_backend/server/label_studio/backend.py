"""The prediction class that Label Studio's servers make instances of.

The same class runs in ``gpcis serve``, in label-studio-ml 1.0.9 and in its 2.x: they
differ in how they construct it, so that it has no constructor of its own.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from flask import has_request_context, request

from gpcis_backend.errors import GpcisError, InvalidInput
from gpcis_backend.server.label_studio.base import LabelStudioMLBase
from gpcis_backend.server.label_studio.fetching.tokens import Access
from gpcis_backend.server.label_studio.labeling import (
    OutputTag,
    Tags,
    first_image,
    image_key,
    output_tag,
    parse,
)
from gpcis_backend.server.label_studio.prompt import Prompt, read_context
from gpcis_backend.server.label_studio.result import Regions, to_regions
from gpcis_backend.server.label_studio.segmentation import segment
from gpcis_backend.server.label_studio.service import Picture, Service, own_service

_log = logging.getLogger("gpcis")

_UNJUDGED = 0.5  # score of a mask that nobody has clicked and no model has seen

_Task = Mapping[str, Any]
_Source = tuple[str, Access | None, int | None]  # address, who may be asked, task


class GpcisBackend(LabelStudioMLBase):  # type: ignore[misc]  # untyped base class
    """Turns what an annotator has drawn into masks; keeps nothing between calls."""

    service: Service | None = None  # of the host; None takes the process's own

    def setup(self) -> None:
        """Name the version; label-studio-ml 2.x calls this, 1.0.9 does not."""
        self.set("model_version", self.shared().model_version)

    def fit(self, *args: Any, **kwargs: Any) -> dict[str, str]:
        """Learn nothing from single events; ``gpcis finetune`` learns from many."""
        return {"status": "ignored"}

    def predict(
        self, tasks: Sequence[_Task], context: object = None, **kwargs: Any
    ) -> list[dict[str, Any]]:
        """The answer to a click, as a host other than ours wants it.

        Those hosts show the world a traceback of whatever is raised; so a failure is
        an empty list, which Label Studio takes for an error, and a line in the log.

        Args:
            tasks: Usually one.
            context: What was drawn so far; None at the opening of a task.
            **kwargs: Login and password of task data, which are not used.

        Returns:
            One item a task, or none at all.
        """
        try:
            return self.answer(tasks, context)
        except GpcisError as error:
            self.shared().journal.note("predict", error)
        except Exception:
            _log.exception("internal error in predict")
        return []

    def answer(self, tasks: Sequence[_Task], context: object) -> list[dict[str, Any]]:
        """As ``predict``, but failures are raised.

        Raises:
            GpcisError: Bad input, no image, no model.
        """
        prompt = read_context(context)
        if prompt is None:
            if len(tasks) == 1:
                self._prefetch(tasks[0])
            return []
        return [self._item(task, prompt) for task in tasks]

    @classmethod
    def shared(cls) -> Service:
        """What all instances share."""
        return cls.service or own_service()

    def _item(self, task: _Task, prompt: Prompt) -> dict[str, Any]:
        """One task's item of the answer; without regions if nothing was found."""
        regions, score = self._regions(task, prompt)
        self.shared().journal.count("masks" if regions else "empty_masks")
        version = self.shared().model_version
        return {"result": regions, "score": score, "model_version": version}

    def _regions(
        self, task: _Task, prompt: Prompt
    ) -> tuple[list[dict[str, Any]], float]:
        """The regions of the object and its estimated IoU."""
        if not self._is_answerable(task, prompt):
            return [], 0.0
        service, tags = self.shared(), self._tags()
        to_name = prompt.to_name or first_image(tags) or ""
        tag = output_tag(tags, to_name, prompt.labels)
        label = self._label(tag, prompt.labels)
        engine = service.engine()
        picture = service.picture(*self._source(task, tags, to_name))
        self._compare(task, prompt, picture)
        with service.place(), service.journal.timed():
            answer, clicks = segment(engine, picture.key, picture.pixels, prompt)
            is_judged = bool(prompt.points or prompt.rectangle)
            score = round(answer.est_iou or 0.0, 4) if is_judged else _UNJUDGED
            found = to_regions(answer.mask, clicks, tag, label, score)
        self._regret(task, found)
        return found.items, score if found.items else 0.0

    def _regret(self, task: _Task, found: Regions) -> None:
        """Say once what polygons could not keep."""
        lost = [
            f"{num} {what}"
            for num, what in (
                (found.num_holes, "holes"),
                (found.num_specks, "specks"),
                (found.num_covered, "negative clicks inside a hole"),
            )
            if num
        ]
        if lost:
            where = f"polygons of task {task.get('id')}"
            remark = f"{where} leave out {', '.join(lost)}; BrushLabels keep them."
            self.shared().journal.say(remark, key=where)

    def _compare(self, task: _Task, prompt: Prompt, picture: Picture) -> None:
        """Say so if Label Studio shows the picture at another size than it has."""
        height, width, _ = picture.pixels.shape
        if prompt.size not in (None, (height, width)):
            self.shared().journal.say(
                f"task {task.get('id')} says {prompt.size} (height, width), its image "
                f"has {(height, width)}; the mask is scaled to what the task says."
            )

    def _is_answerable(self, task: _Task, prompt: Prompt) -> bool:
        if prompt.is_rotated:
            self.shared().journal.say(
                f"the picture of task {task.get('id')} is turned and gets no mask; "
                "turn it back (image_rotation must be 0)."
            )
        return prompt.asks_for_something and not prompt.is_rotated

    def _label(self, tag: OutputTag, labels: Sequence[str]) -> str:
        """The label of the object; the tag's first one if it does not know any."""
        known = tag.known(labels)
        if known is not None or not tag.has_labels:
            return known or ""
        if not labels and tag.labels:
            return tag.labels[0]
        if not tag.labels:  # they come from the task's data, so that any may be right
            return next(iter(labels), "")
        remark = (
            f'the tag "{tag.name}" has no label {list(labels)}; "{tag.labels[0]}" is '
            "used. Give the keypoint tag and the output tag the same labels."
        )
        self.shared().journal.say(remark)
        return tag.labels[0]

    def _source(self, task: _Task, tags: Tags, to_name: str) -> _Source:
        """Where the image of a task comes from.

        Raises:
            InvalidInput: The task names none.
        """
        key, data = image_key(tags, to_name), task.get("data")
        uri = data.get(key) if isinstance(data, Mapping) else None
        if not isinstance(uri, str) or not uri.strip():
            raise InvalidInput(
                f'Task {task.get("id")} has no image under "{key}" in its data, where '
                "the labeling config looks for it; correct one of the two."
            )
        number = task.get("id")
        task_id = number if isinstance(number, int) else None
        return uri, self._access(), task_id

    def _prefetch(self, task: _Task) -> None:
        """Fetch the picture of a task that was opened, ahead of the first click."""
        try:
            tags = self._tags()
            source = self._source(task, tags, first_image(tags) or "")
        except GpcisError as error:
            self.shared().journal.note("opening a task", error)
        else:
            self.shared().prefetch(*source)

    def _tags(self) -> Tags:
        """The labeling config: of the request, since an instance may be of another one.

        Raises:
            InvalidInput: There is none, or it cannot be read.
        """
        body = _body()
        config = body.get("label_config")
        if isinstance(config, str) and config.strip():
            return parse(config)
        try:
            if "label_config" in body:  # an instance may know that of another project
                raise KeyError
            tags: Tags = self.parsed_label_config
        except Exception:  # 2.x raises what its cache raises
            tags = {}
        if not tags:
            raise InvalidInput(
                "The request has no labeling config; open the task again, or make one "
                "with gpcis ls-config."
            )
        return tags

    def _access(self) -> Access | None:
        """Label Studio's address and token for this request's project."""
        project = str(_body().get("project") or getattr(self, "project_id", ""))
        peer = request.remote_addr if has_request_context() else None
        claimed = Access.claimed(  # 1.0.9 hands them to the instance
            getattr(self, "hostname", ""), getattr(self, "access_token", "")
        )
        return self.shared().access(project, peer, claimed)


def _body() -> Mapping[str, Any]:
    """The JSON object of the request that a host is answering; empty without one."""
    body = request.get_json(silent=True) if has_request_context() else None
    return body if isinstance(body, dict) else {}
