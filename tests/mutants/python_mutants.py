"""Every mutant of a Python file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from tests.mutants.mutant import Mutant, Place
from tests.mutants.python_operators import operators

if TYPE_CHECKING:
    from collections.abc import Iterator

# What no test can see: types, imports, and decorators, whose arguments mutmut leaves alone too.
_SKIPPED = (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom)
_SKIPPED_CALLS = {"len", "isinstance", "cast", "TypeVar", "NewType"}
_BLOCKS = (cst.BaseCompoundStatement, cst.Else, cst.ExceptHandler, cst.Finally, cst.MatchCase)


def python_mutants(area: str, path: str, text: str) -> Iterator[Mutant]:
    """Find every place of a file that an operator can change."""
    wrapper = MetadataWrapper(cst.parse_module(text))
    visitor = _Places(path)
    wrapper.visit(visitor)
    for found in visitor.found:
        mutated = partial(_replaced, wrapper.module, found.node, found.replacement)
        yield Mutant(area, found.place, found.operator, text, mutated)


def _replaced(module: cst.Module, node: cst.CSTNode, replacement: cst.CSTNode) -> str:
    changed = module.deep_replace(node, replacement)
    assert isinstance(changed, cst.Module)
    return changed.code


@dataclass(frozen=True)
class _Found:
    place: Place
    operator: str
    node: cst.CSTNode
    replacement: cst.CSTNode


class _Places(cst.CSTVisitor):
    """Applies the operators to every node and remembers which statement it belongs to."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, path: str) -> None:
        super().__init__()
        self.found: list[_Found] = []
        self._path = path
        self._operators = list(operators())
        self._statements: list[tuple[cst.CSTNode, range]] = []
        self._scopes: list[cst.CSTNode] = []  # classes, functions, and the bodies of functions

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Find what can be changed in a node, and decide whether to look inside it."""
        if _is_skipped(node):
            return False
        if isinstance(node, cst.ClassDef | cst.FunctionDef) or (
            self._scopes
            and isinstance(self._scopes[-1], cst.FunctionDef)
            and node is self._scopes[-1].body
        ):
            self._scopes.append(node)
        if isinstance(node, (cst.SimpleStatementLine, *_BLOCKS)):
            self._statements.append((node, self._lines(node)))
        for kind, name, operator in self._operators:
            if isinstance(node, kind):
                self.found += [
                    _Found(self._place(node), name, node, replacement)
                    for replacement in operator(node)
                ]
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        """Forget the scope or statement that ends here."""
        if self._scopes and self._scopes[-1] is original_node:
            self._scopes.pop()
        if self._statements and self._statements[-1][0] is original_node:
            self._statements.pop()

    def _lines(self, node: cst.CSTNode) -> range:
        """Return the lines of a statement, of a compound one only those of its header."""
        position = self.get_metadata(PositionProvider, node)
        body = getattr(node, "body", None)
        if isinstance(body, cst.BaseSuite) and body.body:
            first = self.get_metadata(PositionProvider, body.body[0]).start.line
            return range(position.start.line, max(first, position.start.line + 1))
        return range(position.start.line, position.end.line + 1)

    def _place(self, node: cst.CSTNode) -> Place:
        start = self.get_metadata(PositionProvider, node).start
        lines = next((lines for _, lines in reversed(self._statements)), range(start.line))
        if any(isinstance(scope, cst.BaseSuite) for scope in self._scopes):
            return Place(self._path, start.line, start.column, lines)
        names = {
            scope.name.value
            for scope in self._scopes
            if isinstance(scope, cst.ClassDef | cst.FunctionDef)
        }
        names |= _targets(self._statements[-1][0]) if self._statements else set()
        return Place(
            self._path, start.line, start.column, lines, at_import=True, names=frozenset(names)
        )


def _is_skipped(node: cst.CSTNode) -> bool:
    if isinstance(node, _SKIPPED):
        return True
    if isinstance(node, cst.Expr):  # a docstring
        return isinstance(node.value, cst.SimpleString | cst.ConcatenatedString)
    if isinstance(node, cst.If):
        return isinstance(node.test, cst.Name) and node.test.value == "TYPE_CHECKING"
    if isinstance(node, cst.Subscript):
        return isinstance(node.value, cst.Name) and node.value.value == "Literal"
    return (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Name)
        and node.func.value in _SKIPPED_CALLS
    )


def _targets(statement: cst.CSTNode) -> set[str]:
    """Return the names that a statement assigns."""
    if not isinstance(statement, cst.SimpleStatementLine):
        return set()
    targets: list[cst.BaseExpression] = []
    for part in statement.body:
        if isinstance(part, cst.Assign):
            targets += [target.target for target in part.targets]
        elif isinstance(part, cst.AnnAssign):
            targets.append(part.target)
    elements = [
        element.value
        for target in targets
        if isinstance(target, cst.Tuple)
        for element in target.elements
    ]
    return {name.value for name in (*targets, *elements) if isinstance(name, cst.Name)}
