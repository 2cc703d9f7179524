"""Spaces of modules that are removed, and those that are kept."""

from __future__ import annotations

import pytest

from console.spaces import without_spaces


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("const a = (b) => b ?? [1, 2];", "const a=(b)=>b??[1,2];"),
        ("return a in b;", "return a in b;"),
        ("a + +b - -c;", "a+ +b- -c;"),
        ("a / b / c;", "a/b/c;"),
        ("static #a = 1;", "static #a=1;"),
        ("""f("a  b", 'c " d', e);""", """f("a  b",'c " d',e);"""),
        (r"x.replace(/[/ ] \/ /g, y);", r"x.replace(/[/ ] \/ /g,y);"),
        ("x = /' {2}/; y = 1;", "x= /' {2}/;y=1;"),
        ("`a  b ${ c + { d: 1 }.d } e`;", "`a  b ${c+{d:1}.d} e`;"),
        ("`a ${b ? `  c ${ d }  ` : e}  f`;", "`a ${b?`  c ${d}  `:e}  f`;"),
        (r"`\` ${ a } \${ b }`;", r"`\` ${a} \${ b }`;"),
        ("a\nb = c", "a\nb=c"),
        ("f({\na,\nb,\n});\ng();\n", "f({a,b,});g();"),
        ("if (a) {\nb();\n}\nc\n.d();", "if(a){b()}\nc.d();"),
        ("for (;;) {}", "for(;;){}"),
        ("`a;\n${ b }\n}`;", "`a;\n${b}\n}`;"),
    ],
)
def test_spaces_between_tokens_are_removed(text: str, expected: str) -> None:
    assert without_spaces(text) == expected
