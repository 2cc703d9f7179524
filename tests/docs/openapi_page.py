"""Writes docs/openapi.yaml, the description of the API for programs."""

from __future__ import annotations

from typing import Any

import yaml

from api.openapi import document
from tests.docs.pages import ROOT

PATH = ROOT / "docs" / "openapi.yaml"
_HEAD = "# Written by `make docs` from the routes in functions/api.\n"


class _InFull(yaml.SafeDumper):
    """Writes what occurs twice twice, as most readers of OpenAPI expect."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def written() -> str:
    """Return the text of the page."""
    options: Any = {"sort_keys": False, "allow_unicode": True, "width": 100}
    text: str = yaml.dump(_plain(document()), Dumper=_InFull, **options)
    return _HEAD + text


def _plain(value: Any) -> Any:
    """Turn tuples and subclasses of str, such as those of enums, into what YAML knows."""
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, str) else value
