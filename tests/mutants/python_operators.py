"""What is changed in Python: the operators of mutmut, and a few that it does not have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import libcst as cst
from mutmut.mutation.mutators import mutation_operators, operator_number, operator_string

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Operator = Callable[[Any], Iterable[cst.CSTNode]]

# A limit of 50,000 or of 50,001 is no difference that a test could justify: from here on, a
# decimal number is made ten times larger and ten times smaller instead.
_LARGE = 1000
# Two words in a row: text for people, which may be worded differently at any time.
_PROSE = re.compile(r"[A-Za-z]{2,}[,;:]? [a-z(]")


def operators() -> Iterator[tuple[type, str, Operator]]:
    """Return the class of node, the name and the function of each operator."""
    for kind, operator in mutation_operators:
        if operator is operator_string:
            yield kind, "string", _string
        elif operator is operator_number:
            yield kind, "number", _number
        else:
            yield kind, operator.__name__.removeprefix("operator_"), operator
    yield cst.If, "condition", _condition
    yield cst.While, "condition", _condition
    yield cst.CompIf, "condition", _condition
    yield cst.Expr, "statement", _statement
    yield cst.Raise, "statement", _statement
    yield cst.Return, "result", _result


def _number(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if isinstance(node, cst.Integer) and node.value[:1] != "0" and node.evaluated_value >= _LARGE:
        yield node.with_changes(value=repr(node.evaluated_value * 10))
        yield node.with_changes(value=repr(node.evaluated_value // 10))
    elif isinstance(node, cst.BaseNumber):
        yield from operator_number(node)


def _string(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if isinstance(node, cst.SimpleString) and not _PROSE.search(node.value):
        yield from operator_string(node)


def _condition(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    assert isinstance(node, cst.If | cst.While | cst.CompIf)
    inner = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    space = cst.SimpleWhitespace(" ")
    negated = cst.UnaryOperation(cst.Not(whitespace_after=space), inner)
    if not isinstance(node.test, cst.UnaryOperation | cst.Comparison):  # mutmut has these
        yield node.with_changes(test=negated)


def _statement(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if isinstance(node, cst.Raise) or (
        isinstance(node, cst.Expr) and isinstance(node.value, cst.Call)
    ):
        yield cst.Pass()


def _result(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    assert isinstance(node, cst.Return)
    if node.value is not None and not (
        isinstance(node.value, cst.Name) and node.value.value == "None"
    ):
        yield node.with_changes(value=cst.Name("None"))
