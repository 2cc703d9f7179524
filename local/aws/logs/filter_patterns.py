"""Filter patterns of FilterLogEvents: words, and conditions on JSON.

docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html. moto knows words only,
and lets everything pass what it does not know. Patterns of fields that are separated by spaces and
regular expressions are refused here.
"""

from __future__ import annotations

import json
import operator
import re
from fnmatch import translate
from typing import TYPE_CHECKING, Any

from moto.logs.exceptions import InvalidParameterException

if TYPE_CHECKING:
    from collections.abc import Callable

    Matches = Callable[[Any], bool]

_WORD = re.compile(r'\s*([?-]?)("(?:[^"\\]|\\.)*"|[^\s"{}\[\]%]+)')
_TOKEN = re.compile(
    r"""\s*(?:(?P<name>\$(?:\.[\w-]+|\[["'][^"']+["']\]|\[\d+\])+)
    |(?P<sign>\|\||&&|!=|<=|>=|[=<>()])
    |(?P<text>"(?:[^"\\]|\\.)*")
    |(?P<word>[\w.*:/@+-]+))""",
    re.VERBOSE,
)
_STEP = re.compile(r"""\.([\w-]+)|\[["']([^"']+)["']\]|\[(\d+)\]""")
_NUMBERS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class EventMessageFilter:
    """Decides which messages match a pattern; takes the place of moto's.

    Raises:
        InvalidParameterException: the pattern is none, or is not supported here.
    """

    def __init__(self, pattern: str | None) -> None:
        self._matches = _matching((pattern or "").strip())

    def matches(self, message: str) -> bool:
        """Whether a message matches."""
        return self._matches(message)


def _matching(pattern: str) -> Matches:
    if not pattern:
        return lambda _message: True
    return _json(pattern) if pattern.startswith("{") else _words(pattern)


def _words(pattern: str) -> Matches:
    all_of: list[str] = []
    any_of: list[str] = []
    none_of: list[str] = []
    place = 0
    while place < len(pattern):
        match = _WORD.match(pattern, place)
        if match is None:
            raise _invalid()
        word = match[2]
        if word.startswith('"'):
            word = re.sub(r'\\(["\\])', r"\1", word[1:-1])
        {"?": any_of, "-": none_of, "": all_of}[match[1]].append(word)
        place = match.end()
    # With other words, those that are optional decide nothing.
    optional = [] if all_of or none_of else any_of
    return lambda message: (
        all(word in message for word in all_of)
        and not any(word in message for word in none_of)
        and (not optional or any(word in message for word in optional))
    )


def _json(pattern: str) -> Matches:
    if not pattern.endswith("}"):
        raise _invalid()
    parser = _Conditions(pattern[1:-1].strip())
    holds = parser.either()
    if parser.left:
        raise _invalid()

    def matches(message: str) -> bool:
        try:
            told = json.loads(message)
        except ValueError:
            return False
        return isinstance(told, dict) and holds(told)

    return matches


class _Conditions:
    """Parses conditions such as `$.level = "ERROR" && $.size > 5`."""

    def __init__(self, text: str) -> None:
        self.left = text

    def either(self) -> Matches:
        found = [self._both()]
        while self._takes("||"):
            found.append(self._both())
        return lambda told: any(each(told) for each in found)

    def _both(self) -> Matches:
        found = [self._one()]
        while self._takes("&&"):
            found.append(self._one())
        return lambda told: all(each(told) for each in found)

    def _one(self) -> Matches:
        if self._takes("("):
            found = self.either()
            if not self._takes(")"):
                raise _invalid()
            return found
        kind, name = self._take()
        if kind != "name":
            raise _invalid()
        kind, sign = self._take()
        if kind == "word" and sign in {"IS", "EXISTS", "NOT"}:
            return self._state(name, sign)
        if sign not in _NUMBERS:
            raise _invalid()
        kind, value = self._take()
        if kind not in {"text", "word"}:
            raise _invalid()
        return _comparison(name, sign, value, is_text=kind == "text")

    def _state(self, name: str, word: str) -> Matches:
        if word == "EXISTS":
            return lambda told: _found(told, name) is not _ABSENT
        expected = self._take()[1]
        if (word, expected) == ("NOT", "EXISTS"):
            return lambda told: _found(told, name) is _ABSENT
        states = {"TRUE": True, "FALSE": False, "NULL": None}
        if word != "IS" or expected not in states:
            raise _invalid()
        return lambda told: _found(told, name) is states[expected]

    def _takes(self, sign: str) -> bool:
        match = _TOKEN.match(self.left)
        if match is None or match["sign"] != sign:
            return False
        self.left = self.left[match.end() :].strip()
        return True

    def _take(self) -> tuple[str, str]:
        match = _TOKEN.match(self.left)
        if match is None:
            raise _invalid()
        self.left = self.left[match.end() :].strip()
        kind = str(match.lastgroup)
        return kind, match[kind]


_ABSENT = object()


def _found(told: Any, name: str) -> Any:
    for member, quoted, index in _STEP.findall(name):
        key = member or quoted
        if key and isinstance(told, dict) and key in told:
            told = told[key]
        elif index and isinstance(told, list) and int(index) < len(told):
            told = told[int(index)]
        else:
            return _ABSENT
    return told


def _comparison(name: str, sign: str, value: str, *, is_text: bool) -> Matches:
    try:
        number = None if is_text else float(value)
    except ValueError:
        number = None
    if number is not None:
        holds = _NUMBERS[sign]

        def is_number(told: Any) -> bool:
            found = _found(told, name)
            is_one = isinstance(found, int | float) and not isinstance(found, bool)
            return is_one and holds(found, number)

        return is_number
    if sign not in {"=", "!="}:
        raise _invalid()
    pattern = re.compile(translate(json.loads(value) if is_text else value))

    def is_like(told: Any) -> bool:
        found = _found(told, name)
        if not isinstance(found, str):
            return False
        return (pattern.fullmatch(found) is not None) == (sign == "=")

    return is_like


def _invalid() -> Exception:
    return InvalidParameterException(
        "Invalid filter pattern, or one that is not supported offline."
    )
