"""The pattern of the `Renditions` parameter accepts what the thumbnail function can parse."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from image_pipeline.errors import ConfigError
from image_pipeline.object_keys import CONVERTED_NAME
from tests.template.documents import written
from thumbnail.encode import Format
from thumbnail.specs import MAX_SIDE, Fit, parse_specs

PATTERN = written()["Parameters"]["Renditions"]["AllowedPattern"]
COLORS = ["white", "#f80", "#102030", "#10203040", "transparent", "rebeccapurple", "mud", "#12345"]

# Valid parts, and invalid ones.
NAMES = st.one_of(
    st.sampled_from(["a", "A", "a-x2", "b_1", CONVERTED_NAME, "a" * 64]),
    st.text("abAB01_-", min_size=1, max_size=4),
)
SIDES = st.sampled_from(["1", "10", "999", str(MAX_SIDE // 2), str(MAX_SIDE), str(MAX_SIDE + 1)])
SIZES = st.tuples(SIDES, SIDES).map("x".join)
FITS = st.one_of(
    st.sampled_from(Fit), st.sampled_from(COLORS).map(lambda color: f"contain({color})")
)
OPTIONS = st.sampled_from(["", ":1", ":80", ":100", ":x2", ":x3:x2", ":80:x2:x3", ":9:x3"])
GOOD = (NAMES, SIZES, FITS, st.sampled_from(Format), OPTIONS)
BAD = (
    ("", "a b", "é", "a" * 65, "a/b"),
    ("10", "0x10", "10x0", "10x10x10", "1.5x10", "-1x10", "99999x10", "x"),
    ("", "stretch", "COVER", "cover(red)", "contain()", "contain(red", "contain(a b)"),
    ("", "gif", "WEBP"),
    (":", ":0", ":101", ":80.5", ":x4", ":x2:x2", ":x2:80", ":80:80", ":x2:x3:x2"),
)


@st.composite
def items(draw: st.DrawFn) -> str:
    """Draw a rendition with at most one invalid part."""
    parts = [draw(part) for part in GOOD]
    wrong = draw(st.sampled_from([*[len(parts)] * 20, *range(len(parts))]))
    if wrong < len(parts):
        parts[wrong] = draw(st.sampled_from(BAD[wrong]))
    name, size, fit, encoding, options = parts
    return f"{name}={size}:{fit}:{encoding}{options}"


def parsed(text: str) -> bool:
    try:
        parse_specs(text)
    except ConfigError:
        return False
    return True


def beyond_a_pattern(text: str) -> bool:
    """Return whether the parser may refuse the text for a reason that no pattern can express."""
    names: list[str] = []
    for item in text.split(","):
        name, _, rest = item.partition("=")
        size, fit, _, *options = rest.split(":")
        densities = {"": 1} | {f"-{option}": int(option[1]) for option in options if "x" in option}
        sides = [int(side) for side in size.split("x")]
        if max(sides) * max(densities.values()) > MAX_SIDE or name == CONVERTED_NAME:
            return True
        if "(" in fit and not parsed(f"a=1x1:{fit}:webp"):
            return True  # a color that does not exist
        names += [f"{name}{suffix}".lower() for suffix in densities]
    return len(set(names)) < len(names)


@settings(derandomize=True, deadline=None, max_examples=400)
@given(st.lists(items(), min_size=1, max_size=3).map(",".join))
@example("a=10x10:cover:webp:80")
@example("a=10x10:attention:avif:60:x2,b-2=600x400:contain(#f5f5f5):jpeg")
@example("a=10x10:contain:png,b=10x10:inside:webp:1:x3:x2")
@example("a=10x10:cover:webp:80,")
@example("")
def test_the_pattern_and_the_parser_agree(text: str) -> None:
    if re.fullmatch(PATTERN, text):
        assert parsed(text) or beyond_a_pattern(text)
    else:
        assert not parsed(text)


@pytest.mark.parametrize(
    ("index", "wrong"), [(index, wrong) for index, parts in enumerate(BAD) for wrong in parts]
)
def test_an_invalid_part_is_refused_by_both(index: int, wrong: str) -> None:
    parts = ["a", "10x10", "cover", "webp", ":80"]
    parts[index] = wrong
    name, size, fit, encoding, options = parts
    text = f"{name}={size}:{fit}:{encoding}{options}"
    assert not re.fullmatch(PATTERN, text)
    assert not parsed(text)


@pytest.mark.parametrize("text", [" a=1x1:cover:png", "a=01x1:cover:png", "a=1x1:cover:png:080"])
def test_only_the_parser_tolerates_spaces_and_leading_zeros(text: str) -> None:
    assert parsed(text)
    assert not re.fullmatch(PATTERN, text)


@pytest.mark.parametrize("name", Format)
@pytest.mark.parametrize("fit", Fit)
def test_every_fit_and_format_may_be_deployed(fit: str, name: str) -> None:
    text = f"a=10x10:{fit}:{name}"
    assert re.fullmatch(PATTERN, text)
    assert parsed(text)
