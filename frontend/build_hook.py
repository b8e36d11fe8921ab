"""Puts the page into wheels and source archives (hatchling calls this)."""

import inspect
import os
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_BUILDER = Path(__file__).with_name("build.py")  # part of no package
_SPEC: Any = spec_from_file_location("gpcis_page_build", _BUILDER)
page: Any = module_from_spec(_SPEC)
_SPEC.loader.exec_module(page)

_BANNER = "=" * 78


class PageHook(BuildHookInterface):
    """Builds the page, unless it is new enough or the install is editable."""

    def dependencies(self) -> list[str]:
        """Node from PyPI, where this machine has none and the page must be built."""
        if page.is_current() or _is_for_editable():
            return []
        try:
            return [] if page.find_node() else [page.NODE_WHEEL]
        except page.NoNode:
            return []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before the files are collected; without Node, take what there is."""
        if version == "editable" or page.is_current():
            return
        try:
            page.build()
        except page.NoNode as reason:
            self._do_without(reason)

    def _do_without(self, reason: Exception) -> None:
        """Warn, or stop where GPCIS_REQUIRE_PAGE says that a page is a must."""
        has_page = (page.DIST / "index.html").is_file()
        lack = "an EARLIER PAGE" if has_page else "the API only, NO PAGE"
        if os.environ.get("GPCIS_REQUIRE_PAGE"):
            raise SystemExit(f"{reason} GPCIS_REQUIRE_PAGE forbids a build without it.")
        warning = f"WARNING: {reason}\nThis build holds {lack}."
        print(_BANNER, warning, _BANNER, sep="\n", file=sys.stderr)


def _is_for_editable() -> bool:
    """Whether hatchling asks for an editable install, which it tells nobody yet."""
    callers = {frame.function for frame in inspect.stack(0)}
    return "get_requires_for_build_editable" in callers
