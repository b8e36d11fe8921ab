"""Annotations to other tools and back."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from gpcis_backend.server.formats.archive import Archive
from gpcis_backend.server.formats.registry import IMPORT_FORMATS, read, writer
from gpcis_backend.server.formats.scene import Found, Scene, to_scene
from gpcis_backend.server.jobs import Job
from gpcis_backend.server.library.item import ImageRef, StoredImage
from gpcis_backend.server.problems import InvalidFields
from gpcis_backend.server.project.classes import (
    ClassList,
    ObjectClass,
    extended_classes,
)
from gpcis_backend.server.project.document import AnnotationDocument, DocumentObject
from gpcis_backend.server.rest.jobs import show_job
from gpcis_backend.server.rest.services import Services, json_bytes, services
from gpcis_backend.server.schemas import CodedMask, ExportBody, parse

transfer_api = Blueprint("transfer", __name__)


@transfer_api.post("/export")
def export() -> ResponseReturnValue:
    """Begin to write annotations; 202 with the job, 404 unknown image, 422, 429."""
    found = services()
    body = parse(ExportBody, json_bytes(found.settings.max_json_bytes))
    if body.images == "all":
        refs = list(found.library.refs())
    else:
        refs = [found.library.get(image).ref for image in dict.fromkeys(body.images)]
    classes = found.classes.read()[0].classes
    write = writer(body.format, polygons=body.polygons)

    def work(job: Job) -> Path:
        job.folder.mkdir(parents=True)
        path = job.folder / f"gpcis-{body.format}.zip"
        with Archive(path) as archive:
            write(_scenes(found, refs, body.images == "all", job), classes, archive)
        return path

    return show_job(found.jobs.order("export", uuid4(), work)), 202


@transfer_api.post("/images/<image_id>/import")
def import_objects(image_id: str) -> ResponseReturnValue:
    """The objects of a file, ready to be edited; nothing is saved; 400, 404, 422."""
    found, name = services(), request.args.get("format", "")
    if name not in IMPORT_FORMATS:
        message = f"One of {', '.join(IMPORT_FORMATS)} is expected."
        raise InvalidFields([{"field": "format", "message": message}])
    item = found.library.get(image_id)
    data = request.get_data(cache=False)
    if name == "gpcis":
        return {"objects": _own_objects(item, data), "classes": []}
    classes = found.classes.read()[0]
    things = read(name, data, item.name, item.height, item.width, classes.classes)
    return _show_found(things, classes)


def _scenes(
    found: Services, refs: Sequence[ImageRef], is_all: bool, job: Job
) -> Iterator[Scene]:
    """Annotated images; of those named one by one also the others, as empty."""
    for number, ref in enumerate(refs):
        job.advance(number, len(refs))
        stored = found.documents.read(ref)
        if stored is not None:
            yield to_scene(ref.name, stored.document)
        elif not is_all:
            item = found.library.get(ref.id)
            yield Scene(item.name, item.height, item.width, ())


def _own_objects(item: StoredImage, data: bytes) -> list[dict[str, Any]]:
    document = AnnotationDocument.read(data)
    size = document.image.width, document.image.height
    if size != (item.width, item.height):
        message = f"Expected {item.width} x {item.height}, found {size[0]} x {size[1]}."
        raise InvalidFields([{"field": "image", "message": message}])
    return [each.model_dump(by_alias=True) for each in document.objects]


def _show_found(things: Sequence[Found], classes: ClassList) -> dict[str, Any]:
    """Objects with ``init``, and the classes that the project does not have yet."""
    known, added = extended_classes(classes, [thing.label for thing in things])
    objects = [
        _to_object(number, thing, known[(thing.label or "").casefold()])
        for number, thing in enumerate(things, start=1)
    ]
    return {
        "objects": [each.model_dump(by_alias=True) for each in objects],
        "classes": [each.model_dump() for each in added],
    }


def _to_object(number: int, thing: Found, kind: ObjectClass) -> DocumentObject:
    mask = CodedMask.of(thing.runs)
    return DocumentObject(
        id=f"import-{number}",
        class_=kind.id,
        clicks=[],
        bbox=mask.bbox,
        runs=mask.runs,
        init=mask,
    )
