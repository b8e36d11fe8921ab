"""All checks in the order in which their failures explain each other."""

import logging
from collections.abc import Iterable, Iterator

from gpcis_backend.errors import GpcisError
from gpcis_backend.server.label_studio.api.client import LabelStudioClient
from gpcis_backend.server.label_studio.doctor.backend import check_backend
from gpcis_backend.server.label_studio.doctor.findings import Finding, problem
from gpcis_backend.server.label_studio.doctor.project import (
    Visit,
    check_project,
    list_projects,
)
from gpcis_backend.server.label_studio.doctor.server import (
    check_addresses,
    check_legacy_tokens,
    check_network_rules,
    check_server,
    check_token,
)
from gpcis_backend.server.label_studio.fetching.tokens import Access

_log = logging.getLogger("gpcis")


def examine(access: Access, visit: Visit, project: int | None) -> Iterator[Finding]:
    """What is well and what is not, one finding after the other.

    Args:
        access: Of the Label Studio.
        visit: Backend, fetch rules and login.
        project: The one to look at; None for none.
    """
    backend = visit.backend
    client = LabelStudioClient(access)
    yield from _safely(check_backend(backend, visit.login))
    yield from _safely(check_addresses(access.url, backend))
    for gate in (
        check_server(LabelStudioClient(Access(access.url))),
        check_token(client, access),
    ):
        findings = list(_safely(gate))
        yield from findings
        if any(finding.level == "problem" for finding in findings):
            return
    yield from _safely(check_legacy_tokens(client, access))
    yield from _safely(check_network_rules(client, backend))
    if project is None:
        yield from _safely(list_projects(client))
    else:
        yield from _safely(check_project(client, visit, project))


def _safely(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings; what keeps a check from its work is one more of them."""
    try:
        yield from findings
    except GpcisError as error:
        reason, remedy = getattr(error, "reason", error), getattr(error, "remedy", "")
        yield problem(str(reason), str(remedy))
    except Exception as error:
        _log.debug("a check failed", exc_info=error)
        yield problem(
            f"This check met something that it does not know ({type(error).__name__}).",
            "Report it with the version of Label Studio.",
        )
