"""Loads handlers as Lambda does at a cold start: with the environment that a deployment gives."""

from __future__ import annotations

import sys
from importlib import import_module, util
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest


def load_handler(function: str, variables: Mapping[str, Any], patch: pytest.MonkeyPatch) -> Any:
    """Load a new copy of the module `<function>.handler`.

    Args:
        function: the name of its folder.
        variables: the environment; set until `patch` is undone, and so is the module.
        patch: undoes both.
    """
    # It reads the name of the service when it is imported, and outlives the patch.
    import_module("image_pipeline.observability")
    for name, value in variables.items():
        patch.setenv(name, str(value))
    spec = util.find_spec(f"{function}.handler")
    assert spec
    assert spec.loader
    module = util.module_from_spec(spec)
    patch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module
