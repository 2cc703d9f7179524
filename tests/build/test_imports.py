"""Every import of a function is in its zip or its layers.

Read from the sources, because the compiled code may be for another processor than this one.
"""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

import pytest

from tests.build.artefacts import FUNCTIONS, TAG, Artefacts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_import_is_found(built: Artefacts, function: str) -> None:
    optional = [built.folder(layer) for layer in FUNCTIONS[function].optional_layers]
    assert _missing_imports(function, [*built.import_path(function), *optional]) == []


def test_only_urls_of_cloudfront_need_the_layer_that_signs_them(built: Artefacts) -> None:
    missing = _missing_imports("ApiFunction", built.import_path("ApiFunction"))
    assert {module.partition(".")[0] for module in missing} == {"cryptography"}


def test_an_import_that_is_in_no_layer_is_noticed(built: Artefacts) -> None:
    function, common, _ = built.import_path("ThumbnailFunction")
    missing = _missing_imports("ThumbnailFunction", [function, common])
    assert any(module.startswith("PIL") for module in missing)


def _missing_imports(function: str, path: list[Path]) -> list[str]:
    package = FUNCTIONS[function].package
    todo, missing = [f"{package}.handler"], []
    seen: set[str] = set()
    for module in todo:
        top = module.partition(".")[0]
        if module in seen or top in sys.stdlib_module_names:
            continue
        seen.add(module)
        source = _find(module, path)
        if source is None:
            missing.append(module)
        elif top in {"image_pipeline", "pictures", "api", package}:
            todo += [name for name in _imports(source, module) if _is_module(name, path)]
    return missing


def _find(module: str, path: list[Path]) -> Path | None:
    relative = module.replace(".", "/")
    for folder in path:
        for candidate in (f"{relative}.py", f"{relative}/__init__.py"):
            if (folder / candidate).is_file():
                return folder / candidate
        for extension in folder.glob(f"{relative}.{TAG}-*.so"):
            return extension
    return None


def _is_module(name: str, path: list[Path]) -> bool:
    """Return whether a name is a module, not something that its parent module defines."""
    parent, _, last = name.rpartition(".")
    source = _find(parent, path) if parent else None
    if source is None or _find(name, path):
        return True
    return last not in source.read_text(encoding="utf-8")


def _imports(source: Path, module: str) -> Iterator[str]:
    """Yield the modules that a source file imports, at import time or later."""
    if source.suffix != ".py":
        return
    for node in _running(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _running(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _running(child)
