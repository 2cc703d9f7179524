"""The generated parts of the documentation are those that `make docs` writes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.docs import definition, sample_strip
from tests.docs.generate import PARTS, parts_in, regenerated
from tests.docs.pages import PAGES, ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_generated_parts_are_current(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text == regenerated(text), "run make docs"


def test_every_part_is_on_one_page() -> None:
    used = [name for path in PAGES for name in parts_in(path.read_text(encoding="utf-8"))]
    assert sorted(used) == sorted(PARTS)


def test_the_routes_in_the_template_are_those_of_the_tables() -> None:
    text = definition.TEMPLATE.read_text(encoding="utf-8")
    assert text == definition.regenerated(text), "run make docs"
    assert all(f"# generated: {name}\n" in text for name in definition.PARTS)


def test_the_picture_in_the_readme_is_what_the_engine_makes() -> None:
    committed = Image.open(sample_strip.PATH)
    drawn = Image.open(io.BytesIO(sample_strip.drawn()))
    assert committed.size == drawn.size
    # Not byte by byte: Pillow rounds differently on other processors.
    difference = ImageChops.difference(committed.convert("RGB"), drawn.convert("RGB"))
    assert max(ImageStat.Stat(difference).mean) < 1, "run make docs"
