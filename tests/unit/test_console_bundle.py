"""The modules of the console are joined into one that does the same."""

from __future__ import annotations

import pytest

from console.bundle import NotBundledError, bundle, stylesheet

LIBRARY = "vendor/library.js"


def test_modules_come_after_those_that_they_import() -> None:
    modules = {
        "app.js": 'import { one } from "./one.js";\nimport { two } from "./two.js";\none(two);\n',
        "one.js": 'import {\n  two as zwei,\n} from "./two.js";\n'
        "export function one() {\n  return zwei;\n}\n",
        "two.js": "export const two = 2;\nexport class Other {}\n",
        "unused.js": "export const unused = 0;\n",
    }
    assert bundle(modules, "app.js") == (
        "const $0=(()=>{\nconst two = 2;\nclass Other {}\nreturn{two,Other};\n})();\n"
        "const $1=(()=>{\nconst {two:zwei}=$0;\n"
        "function one() {\nreturn zwei;\n}\nreturn{one};\n})();\n"
        "const {one}=$1;\nconst {two}=$0;\none(two);\n"
    )


def test_libraries_stay_modules_of_their_own() -> None:
    modules = {"app.js": f'import {{ html, render as show }} from "./{LIBRARY}";\nshow(html``);\n'}
    assert bundle(modules, "app.js", [LIBRARY]) == (
        f'import * as $0 from "./{LIBRARY}";\nconst {{html,render:show}}=$0;\nshow(html``);\n'
    )


def test_lazy_modules_are_at_hand_and_may_import_what_loads_them() -> None:
    modules = {
        "app.js": 'import { load } from "./routes.js";\nload();\n',
        "routes.js": 'export const load = () => import("./view.js");\nexport const place = 1;\n',
        "view.js": 'import { place } from "./routes.js";\nexport const view = place;\n',
    }
    joined = bundle(modules, "app.js")
    assert "load = () => Promise.resolve($1);" in joined
    assert joined.index("const place") < joined.index("const view") < joined.rindex("load();")


def test_comments_and_indentation_go_and_strings_stay() -> None:
    text = (
        "/** A module. */\n\n// A line.\nconst url = `https://example.com/a`; // told above\n"
        '/* why */ const kept = "; // not a comment";\n/*\n * Several\n */\n'
        "if (url) {\n  go(kept);\n}\n"
    )
    assert bundle({"app.js": text}, "app.js") == (
        "const url = `https://example.com/a`;\n"
        '/* why */ const kept = "; // not a comment";\nif (url) {\ngo(kept);\n}\n'
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('import { two } from "./one.js";\n', "app.js imports two from one.js"),
        ('import { one } from "./none.js";\n', "none.js does not exist: app.js → none.js"),
        ('import { me } from "./circle.js";\n', "circle.js imports itself: app.js → circle.js"),
        ('import one from "./one.js";\n', "app.js: import one"),
        ("export default 1;\n", "app.js: export default"),
    ],
)
def test_what_cannot_be_joined_is_refused(text: str, fault: str) -> None:
    circle = 'import { me } from "./circle.js";\nexport const me = 1;\n'
    with pytest.raises(NotBundledError, match=fault.replace(".", r"\.")):
        bundle({"app.js": text, "one.js": "export const one = 1;\n", "circle.js": circle}, "app.js")


def test_style_sheets_become_one_in_which_views_refine_what_all_share() -> None:
    sheets = {
        "all.css": '/* All. */\n@import "view.css";\n\na { color: red; }\n',
        "view.css": '.b::before {\n  content: "a b"; /* why */\n  margin: 0 1px;\n}\n',
    }
    assert stylesheet(sheets, "all.css") == (
        'a{color: red}.b::before{content: "a b";margin: 0 1px}'
    )


def test_style_sheet_that_nothing_imports_is_an_error() -> None:
    with pytest.raises(NotBundledError):
        stylesheet({"all.css": "", "view.css": ""}, "all.css")
