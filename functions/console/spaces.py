"""Removes the spaces, line breaks and semicolons that a module of the page does without."""

from __future__ import annotations

import re

_CODE = re.compile(
    r"""
    "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*'
    | (?<=[(,=:[!&|?{};>\n])\ ?/(?![*/\ ])(?:[^/\\[\n]|\\.|\[(?:[^]\\\n]|\\.)*])+/  # not a division
    | [`{}]
    | \ +
    | (?<=[;{,([=>?:&|])\n | \n(?=[])}.?:])  # where no statement can end, or one ends anyway
    | (?<=[^;({\n]);(?=\s*\})  # the last one of a block
    """,
    re.VERBOSE,
)
_TEMPLATE = re.compile(r"\\.|`|\$\{", re.DOTALL)
_WORD = re.compile(r"[\w$#]")


def without_spaces(text: str) -> str:
    """Return a module without what separates no tokens; strings and templates keep theirs."""
    kept: list[str] = []
    position = 0
    inside_template = False
    braces = 0  # open in this expression
    outer: list[int] = []  # braces that are open around each template's expression
    while found := (_TEMPLATE if inside_template else _CODE).search(text, position):
        part = found[0]
        kept.append(text[position : found.start()])
        position = found.end()
        if part == "`":
            inside_template = not inside_template
        elif part == "${":
            inside_template = False
            outer.append(braces)
            braces = 0
        elif part == "{":
            braces += 1
        elif part == "}" and not braces and outer:
            inside_template = True
            braces = outer.pop()
        elif part == "}":
            braces -= 1
        elif part == ";" or (not part.strip() and not _separates(text, found)):
            continue
        kept.append(part)
    return "".join([*kept, text[position:]])


def _separates(text: str, spaces: re.Match[str]) -> bool:
    """Whether two tokens would be another one without the spaces between them."""
    before, after = text[spaces.start() - 1 : spaces.start()], text[spaces.end() : spaces.end() + 1]
    words = bool(_WORD.match(before)) and bool(_WORD.match(after))
    return words or (before in "+-/" and after in "+-/")
