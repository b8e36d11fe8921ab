import base64
from pathlib import Path

import pytest

from gpcis_backend.errors import FetchFailed, InvalidInput, TooLarge
from gpcis_backend.server.label_studio.fetching.fetch import FetchRules, ImageFetcher
from gpcis_backend.server.label_studio.fetching.tokens import Access
from gpcis_backend.server.label_studio.fetching.wire import Limits, Wire
from web_stub import PICTURE, Answer, Internet, WebStub

LEGACY = "0123456789abcdef0123456789abcdef01234567"
UPLOAD = "/data/upload/1/4d8c-shapes.png"
LIMITS = Limits(connect_s=5, read_s=5, total_s=10, max_bytes=10_000)


def test_local_files_are_read_here_if_a_folder_is_given(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PICTURE)
    (tmp_path.parent / "passwd").write_bytes(b"secret")
    fetcher = _fetcher(local_root=tmp_path)

    assert fetcher.fetch("/data/local-files/?d=a.png", None) == PICTURE
    with pytest.raises(FetchFailed, match="outside the folder"):
        fetcher.fetch("/data/local-files/?d=../passwd", None)
    with pytest.raises(FetchFailed, match="outside the folder"):
        fetcher.fetch("/data/local-files/?d=../../etc/passwd", None)


def test_local_files_come_from_label_studio_if_no_folder_is_given() -> None:
    with WebStub({"/data/local-files/": Answer()}) as stub:
        access = Access(stub.url, LEGACY)

        assert _fetcher().fetch("/data/local-files/?d=a%20b.png", access) == PICTURE
        with pytest.raises(FetchFailed, match="outside the folder"):
            _fetcher().fetch("/data/local-files/?d=..%2fetc/passwd", access)
        assert [seen.target for seen in stub.seen] == ["/data/local-files/?d=a%20b.png"]
    with (
        WebStub({}) as stub,
        pytest.raises(FetchFailed, match=r"d=a\.png .*Local Files"),
    ):
        _fetcher().fetch("/data/local-files/?d=a.png", Access(stub.url, LEGACY))


def test_the_root_of_the_file_system_is_no_folder_of_local_files() -> None:
    with pytest.raises(InvalidInput):
        _fetcher(local_root=Path("/"))


def test_an_image_within_the_task_needs_no_network() -> None:
    uri = "DATA:image/png;base64," + base64.b64encode(PICTURE).decode()

    assert _fetcher().fetch(uri, None) == PICTURE
    with pytest.raises(TooLarge):
        _fetcher().fetch("data:," + "a" * 20_000, None)


def test_label_studios_own_view_of_itself_leads_to_where_it_is_reached() -> None:
    with WebStub({UPLOAD: Answer(), "/tasks/1/resolve/": Answer()}) as stub:
        access = Access(stub.url, LEGACY)
        for target in (UPLOAD, "/tasks/1/resolve/?fileuri=czM6"):
            body = _fetcher().fetch(f"http://localhost:8080{target}", access)

            assert body == PICTURE
        for uri in ("http://localhost:8080/admin", f"http://10.0.0.1{UPLOAD}"):
            with pytest.raises(FetchFailed, match=r"port 8080|inner network"):
                _fetcher().fetch(uri, access)


def test_cloud_images_come_through_label_studio(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    uri = "s3://bucket/ä b.png"
    cloud_url = "http://bucket.cloud.example/a.png?X-Amz-Signature=a%2Fb%3D"
    presigned = Answer(b"", 303, {"Location": cloud_url})
    with WebStub({"/a.png": Answer()}) as cloud, WebStub({}) as studio:
        studio.pages["/tasks/7/presign/"] = presigned
        internet = Internet({"bucket.cloud.example": cloud})
        internet.answers["127.0.0.1"] = [["127.0.0.1"]]
        monkeypatch.setattr("socket.create_connection", internet.connect)
        fetcher = ImageFetcher(
            FetchRules(limits=LIMITS), Wire(resolver=internet.resolve)
        )

        assert fetcher.fetch(uri, Access(studio.url, LEGACY), task_id=7) == PICTURE
        query = studio.seen[0].target.partition("fileuri=")[2]
        assert base64.urlsafe_b64decode(query).decode() == uri
        assert studio.seen[0].headers["authorization"] == f"Token {LEGACY}"
        assert cloud.seen[0].target == "/a.png?X-Amz-Signature=a%2Fb%3D"
        assert "authorization" not in cloud.seen[0].headers


def test_cloud_images_that_label_studio_passes_on_itself_work_too() -> None:
    with WebStub({"/tasks/7/presign/": Answer()}) as stub:
        access = Access(stub.url, LEGACY)

        assert _fetcher().fetch("gs://b/a.png", access, task_id=7) == PICTURE
        with pytest.raises(FetchFailed, match="source storage"):
            _fetcher().fetch("azure-blob://b/a.png", access, task_id=8)
        with pytest.raises(FetchFailed, match="id of its task"):
            _fetcher().fetch("s3://b/a.png", access)


def _fetcher(local_root: Path | None = None) -> ImageFetcher:
    return ImageFetcher(FetchRules(local_root=local_root, limits=LIMITS))
