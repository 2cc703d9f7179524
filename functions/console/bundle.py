"""Joins the modules of the page into one, without comments and indentation.

The page is one request and a third smaller than its modules, each of which compresses worse alone.
The modules stay what they are in the repository: they import each other by relative paths and run
in a browser as they are. Each becomes a function that returns its exports.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_IMPORT = re.compile(r'^import \{([^}]*)\} from "([^"]+)";\n', re.MULTILINE)
_LAZY = re.compile(r'\bimport\("([^"]+)"\)')
_EXPORT = re.compile(r"^export ((?:async function|function|class|const) (\w+))", re.MULTILINE)
_LEFT = re.compile(r"^(?:import\b(?!\()|export\b).*", re.MULTILINE)
_COMMENT = re.compile(r"^\s*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)\n", re.MULTILINE | re.DOTALL)
_TRAILING = re.compile(
    r"(?<=[;{(,]) // [^\n\"'`]*$", re.MULTILINE
)  # a quote may be the end of a string
_SHEET = re.compile(r'^@import "([^"]+)";\n', re.MULTILINE)
_CSS_COMMENT = re.compile(r"/\*(?:(?!\*/).)*\*/", re.DOTALL)
_CSS_SPACE = re.compile(r"\s*([{};])\s*")
_INDENTATION = re.compile(r"^\s+", re.MULTILINE)


class NotBundledError(ValueError):
    """A module uses syntax that is not supported, or imports what does not exist."""


def bundle(modules: Mapping[str, str], entry: str, outside: Iterable[str] = ()) -> str:
    """Return one module that does what some modules do.

    Args:
        modules: texts by path.
        entry: path of the module that the page loads; the others run before it.
        outside: paths of modules that stay modules of their own.

    Raises:
        NotBundledError: they cannot be joined.
    """
    order = _ordered(modules, entry, set(outside))
    names = {path: f"${place}" for place, path in enumerate([*outside, *order])}
    exports = {path: [found[2] for found in _EXPORT.finditer(modules[path])] for path in order}
    imported = [f'import * as {names[path]} from "./{path}";' for path in outside]
    bodies = {path: _body(path, modules[path], names, exports) for path in order}
    last = bodies.pop(entry)  # at the top level, where it may await
    functions = [
        f"const {names[path]}=(()=>{{\n{body}return{{{','.join(exports[path])}}};\n}})();"
        for path, body in bodies.items()
    ]
    return "\n".join([*imported, *functions, last])


def stylesheet(sheets: Mapping[str, str], entry: str) -> str:
    """Return one style sheet that does what some do, without comments and indentation.

    Args:
        sheets: texts by path.
        entry: path of the one that the page loads, which imports the others; its own rules are
            first, so that those of a view can refine them.

    Raises:
        NotBundledError: a style sheet is missing, or none imports it.
    """
    imported = [found[1] for found in _SHEET.finditer(sheets[entry])]
    if set(imported) != set(sheets) - {entry}:
        message = f"{entry} imports {imported} of {sorted(sheets)}"
        raise NotBundledError(message)
    joined = "".join(_SHEET.sub("", sheets[name]) for name in (entry, *imported))
    joined = " ".join(_CSS_COMMENT.sub("", joined).split())
    return _CSS_SPACE.sub(r"\1", joined).replace(";}", "}")


def _ordered(modules: Mapping[str, str], entry: str, outside: set[str]) -> list[str]:
    """Return the paths of modules, each after those that it imports, and the entry last."""
    order: list[str] = []
    open_paths: list[str] = []
    lazy: list[str] = []

    def visit(path: str) -> None:
        if path in order or path in outside:
            return
        if path in open_paths or path not in modules:
            fault = "imports itself" if path in open_paths else "does not exist"
            message = f"{path} {fault}: {' → '.join([*open_paths, path])}"
            raise NotBundledError(message)
        open_paths.append(path)
        for found in _IMPORT.finditer(modules[path]):
            visit(_resolved(path, found[2]))
        lazy.extend(_resolved(path, found[1]) for found in _LAZY.finditer(modules[path]))
        open_paths.pop()
        order.append(path)

    visit(entry)
    for path in lazy:  # grows meanwhile
        visit(path)
    order.remove(entry)
    return [*order, entry]


def _resolved(path: str, target: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target))


def _body(path: str, text: str, names: Mapping[str, str], exports: Mapping[str, list[str]]) -> str:
    def import_(found: re.Match[str]) -> str:
        source = _resolved(path, found[2])
        wanted = [each.strip() for each in found[1].split(",") if each.strip()]
        for each in wanted:
            if source in exports and each.split(" as ")[0] not in exports[source]:
                message = f"{path} imports {each} from {source}, which does not export it"
                raise NotBundledError(message)
        return f"const {{{','.join(wanted).replace(' as ', ':')}}}={names[source]};\n"

    def lazy(found: re.Match[str]) -> str:
        return f"Promise.resolve({names[_resolved(path, found[1])]})"

    text = _EXPORT.sub(r"\1", _LAZY.sub(lazy, _IMPORT.sub(import_, text)))
    if left := _LEFT.search(text):
        message = f"{path}: {left[0]}"
        raise NotBundledError(message)
    return _INDENTATION.sub("", _TRAILING.sub("", _COMMENT.sub("", text)))
