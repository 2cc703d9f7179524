from __future__ import annotations

import pytest

from image_pipeline.errors import ConfigError
from thumbnail.encode import Format
from thumbnail.renditions import RenditionSpec, parse_specs
from thumbnail.specs import Fit

DEFAULT = (
    "thumbnail=150x150:cover:webp:80,medium=800x600:cover:webp:80,"
    "large=1920x1080:cover:webp:80,preview=320x320:inside:jpeg:85"
)


def test_the_default_of_the_template_is_four_renditions() -> None:
    assert parse_specs(DEFAULT) == (
        RenditionSpec("thumbnail", 150, 150, Fit.COVER, Format.WEBP, 80),
        RenditionSpec("medium", 800, 600, Fit.COVER, Format.WEBP, 80),
        RenditionSpec("large", 1920, 1080, Fit.COVER, Format.WEBP, 80),
        RenditionSpec("preview", 320, 320, Fit.INSIDE, Format.JPEG, 85),
    )


def test_line_breaks_and_spaces_between_renditions_do_not_matter() -> None:
    assert parse_specs(DEFAULT.replace(",", " ,\n  ")) == parse_specs(DEFAULT)


@pytest.mark.parametrize("fit", list(Fit))
@pytest.mark.parametrize("format_name", list(Format))
def test_every_fit_goes_with_every_format(fit: str, format_name: str) -> None:
    (spec,) = parse_specs(f"a=10x20:{fit}:{format_name}:70")

    assert (spec.width, spec.height, spec.fit, spec.format) == (10, 20, fit, format_name)


def test_a_density_adds_a_rendition_of_a_multiple_of_the_size() -> None:
    specs = parse_specs("card=300x200:attention:webp:75:x2:x3")

    assert [(spec.name, spec.width, spec.height) for spec in specs] == [
        ("card", 300, 200),
        ("card-x2", 600, 400),
        ("card-x3", 900, 600),
    ]
    assert {(spec.fit, spec.quality) for spec in specs} == {(Fit.ATTENTION, 75)}


def test_a_side_of_a_5k_screen_is_accepted() -> None:
    """At most 5,120 pixels, densities included."""
    specs = parse_specs("a=5120x1:cover:webp,b=1x2560:cover:webp:x2,c=1706x1706:cover:webp:x3")

    assert [max(spec.width, spec.height) for spec in specs] == [5_120, 2_560, 5_120, 1_706, 5_118]


@pytest.mark.parametrize("length", [1, 64])
def test_a_name_of_up_to_64_characters_is_accepted(length: int) -> None:
    (spec,) = parse_specs(f"{'a' * length}=1x1:cover:webp")

    assert spec.name == "a" * length


def test_the_quality_is_optional_before_a_density() -> None:
    with_quality, without = parse_specs("a=10x10:cover:jpeg:80:x2")[0], "a=10x10:cover:jpeg:x2"

    assert parse_specs(without)[0] == with_quality


@pytest.mark.parametrize(
    ("color", "rgba"),
    [
        ("white", (255, 255, 255, 255)),
        ("#f80", (255, 136, 0, 255)),
        ("#102030", (16, 32, 48, 255)),
        ("#10203040", (16, 32, 48, 64)),
        ("rebeccapurple", (102, 51, 153, 255)),
    ],
)
def test_contain_accepts_a_fill_color(color: str, rgba: tuple[int, ...]) -> None:
    (spec,) = parse_specs(f"a=10x10:contain({color}):png")

    assert spec.background == rgba


def test_contain_accepts_transparent_margins() -> None:
    (spec,) = parse_specs("a=10x10:contain(transparent):png")

    assert spec.background[3] == 0


@pytest.mark.parametrize(
    ("text", "offending"),
    [
        ("", "''"),
        ("  ", "''"),
        ("a=1x1:cover:webp:80,", "''"),
        ("a", "'a'"),
        ("a=1x1", "'a=1x1'"),
        ("a=1x1:cover", "'a=1x1:cover'"),
        ("a=0x10:cover:webp:80", "'0x10'"),
        ("a=10x0:cover:webp:80", "'10x0'"),
        ("a=-5x10:cover:webp:80", "'-5x10'"),
        ("a=10:cover:webp:80", "'10'"),
        ("a=10x10x10:cover:webp:80", "'10x10x10'"),
        ("a=1e3x10:cover:webp:80", "'1e3x10'"),
        ("a=99999999999999999999x10:cover:webp:80", "'99999999999999999999x10'"),
        ("a=10x5121:cover:webp:80", "'10x5121'"),
        ("a=10x10:stretch:webp:80", "'stretch'"),
        ("a=10x10::webp:80", "''"),
        ("a=10x10:cover:gif:80", "'gif'"),
        ("a=10x10:cover:WEBP:80", "'WEBP'"),
        ("a=10x10:cover:webp:0", "'0'"),
        ("a=10x10:cover:webp:101", "'101'"),
        ("a=10x10:cover:webp:80.5", "'80.5'"),
        ("a=10x10:cover:webp:", "''"),
        ("a=10x10:cover:webp:80:x4", "'x4'"),
        ("a=10x10:cover:webp:80:x2:80", "'80'"),
        ("a=2561x10:cover:webp:80:x2", "'x2'"),
        ("a=10x1707:cover:webp:80:x3", "'x3'"),
        ("a=10x10:contain(mud):webp:80", "'mud'"),
        ("a=10x10:contain():webp:80", "''"),
        ("a=10x10:contain(red:webp:80", "'contain(red'"),
        ("a=10x10:cover(red):webp:80", "'cover(red)'"),
        ("=10x10:cover:webp:80", "''"),
        ("a/b=10x10:cover:webp:80", "'a/b'"),
        ("..=10x10:cover:webp:80", "'..'"),
        ("a b=10x10:cover:webp:80", "'a b'"),
        ("é=10x10:cover:webp:80", "'é'"),
        (f"{'a' * 65}=10x10:cover:webp:80", f"'{'a' * 65}'"),
        ("converted=10x10:cover:jpeg:80", "'converted'"),
        ("a=1x1:cover:webp:80,a=2x2:cover:webp:80", "'a'"),
        ("large=1x1:cover:webp:80,Large=2x2:cover:webp:80", "'Large'"),
        ("a=1x1:cover:webp:80:x2,a-x2=2x2:cover:webp:80", "'a-x2'"),
    ],
)
def test_a_malformed_text_is_refused_with_the_offending_part(text: str, offending: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_specs(text)

    assert str(caught.value).startswith(f"Renditions: {offending} in ")
