"""A client of Label Studio's REST API, for the commands of an operator.

    client = LabelStudioClient(Access(url="http://localhost:8080", token=token))
    project = client.get("/api/projects/7")
    tasks = client.get("/api/tasks", project=7, page_size=1)["tasks"]
    export = client.get_bytes("/api/projects/7/export", exportType="JSON")

Every failure is a LabelStudioProblem, whose message says what to change.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import requests
from requests.auth import AuthBase

from gpcis_backend.errors import FetchFailed
from gpcis_backend.server.label_studio.api.remedies import LabelStudioProblem, refusal
from gpcis_backend.server.label_studio.fetching.tokens import Access, TokenSource

_CONNECT_TIMEOUT, _READ_TIMEOUT = 5.0, 60.0  # seconds; reading: between two pieces
_EXPORT_TIMEOUT = 600.0  # Label Studio collects an export before it sends a byte
_MAX_JSON = 64 * 2**20
_MAX_EXPORT = 2**30


class LabelStudioClient:
    """One Label Studio, spoken to with one token; follows no redirect.

    Args:
        access: Where it is, and the token: legacy or personal access token.
        tokens: Makes the Authorization header; by default from ``access``.
    """

    def __init__(self, access: Access, tokens: TokenSource | None = None) -> None:
        self.url = access.url
        self._tokens = tokens or TokenSource(access)

    def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401  (JSON)
        """What Label Studio answers at ``path``, such as "/api/projects/7"."""
        return self._json("GET", path, query=query)

    def post(self, path: str, body: Any) -> Any:  # noqa: ANN401  (JSON)
        """The answer to ``body``, sent to ``path``."""
        return self._json("POST", path, body=body)

    def patch(self, path: str, body: Any) -> Any:  # noqa: ANN401  (JSON)
        """The answer to the changes in ``body``."""
        return self._json("PATCH", path, body=body)

    def get_bytes(
        self, path: str, *, max_bytes: int = _MAX_EXPORT, **query: str | int
    ) -> bytes:
        """The content at ``path`` as it is, such as that of an export.

        Raises:
            LabelStudioProblem: Also if there are more than ``max_bytes``.
        """
        call = _Call("GET", path, query, None, max_bytes, _EXPORT_TIMEOUT)
        return self._send(call).content

    def _json(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str | int] | None = None,
        body: Any = None,  # noqa: ANN401  (JSON)
    ) -> Any:  # noqa: ANN401  (JSON)
        call = _Call(method, path, query or {}, body, _MAX_JSON, _READ_TIMEOUT)
        answer = self._send(call)
        try:
            return json.loads(answer.content or b"null")
        except ValueError as error:
            raise LabelStudioProblem(
                f"The answer to {self._named(call)} is no JSON.",
                "Is this the URL of a Label Studio?",
                http_status=answer.status,
            ) from error

    def _send(self, call: _Call) -> _Answer:
        """The answer to ``call`` if it is a 2xx; a 401 renews the token once."""
        header = self._authorization()
        answer = self._try(call, header)
        if answer.status == 401:
            renewed = self._authorization(renew=True)
            if renewed != header:
                answer = self._try(call, renewed)
        if 300 <= answer.status < 400:
            raise LabelStudioProblem(
                f"Label Studio redirects {self._named(call)} to {answer.location}.",
                "Give the address that it redirects to.",
                http_status=answer.status,
            )
        if not 200 <= answer.status < 300:
            raise refusal(self._named(call), answer.status, answer.content)
        return answer

    def _authorization(self, *, renew: bool = False) -> str:
        try:
            return self._tokens.authorization(renew=renew)
        except FetchFailed as error:
            raise LabelStudioProblem(error.reason, error.hint) from error

    def _try(self, call: _Call, header: str) -> _Answer:
        """One exchange, whatever its status."""
        try:
            with requests.request(
                call.method,
                self.url + call.path,
                params=call.query,
                json=call.body,
                auth=_Header(header),
                timeout=(_CONNECT_TIMEOUT, call.read_timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                content = self._read(call, response)
        except (requests.RequestException, UnicodeError) as error:
            raise _unreachable(self.url, error) from error
        location = response.headers.get("location", "")
        return _Answer(response.status_code, content, location)

    def _read(self, call: _Call, response: requests.Response) -> bytes:
        pieces, num_bytes = [], 0
        for piece in response.iter_content(2**16):
            pieces.append(piece)
            num_bytes += len(piece)
            if num_bytes > call.max_bytes:
                raise LabelStudioProblem(
                    f"The answer to {self._named(call)} exceeds "
                    f"{call.max_bytes // 2**20} MiB.",
                    "Export the project in the browser and give the file instead.",
                )
        return b"".join(pieces)

    def _named(self, call: _Call) -> str:
        return f"{call.method} {self.url}{call.path}"


@dataclass(frozen=True)
class _Call:
    method: str
    path: str
    query: dict[str, str | int]
    body: Any
    max_bytes: int
    read_timeout: float


@dataclass(frozen=True)
class _Answer:
    status: int
    content: bytes
    location: str


class _Header(AuthBase):
    """Sets the header; passed as ``auth`` so that no ~/.netrc replaces it."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._value:
            request.headers["Authorization"] = self._value
        return request


def _unreachable(url: str, error: Exception) -> LabelStudioProblem:
    """Why there was no answer at all, as far as the operator can change it."""
    reason, remedy = _no_answer(error)
    return LabelStudioProblem(f"Label Studio at {url} {reason}.", remedy)


def _no_answer(error: Exception) -> tuple[str, str]:
    if isinstance(error, requests.Timeout):
        return "does not answer in time", "Is it busy, or behind a firewall?"
    if isinstance(error, requests.exceptions.SSLError):
        remedy = "Use http:// if it speaks that, or set REQUESTS_CA_BUNDLE."
        return "shows no certificate that this machine trusts", remedy
    if "NameResolutionError" in str(error):
        return "has a host name that this machine does not know", "Check the URL."
    if "refused" in str(error):
        return "refuses the connection", "Is it running, and is the port right?"
    return "cannot be reached", "Is it running, and is the address right?"
