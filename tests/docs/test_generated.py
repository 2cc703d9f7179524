"""The generated parts of the documentation are those that `make docs` writes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops, ImageStat

from ops.cost.chart import chart
from ops.cost.run import default_report
from tests.docs import costs, definition, picker, sample_strip
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


def test_the_console_offers_the_suffixes_of_every_format() -> None:
    assert picker.PATH.read_text(encoding="utf-8") == picker.written(), "run make docs"


def test_the_picture_in_the_readme_is_what_the_engine_makes() -> None:
    committed = Image.open(sample_strip.PATH)
    drawn = Image.open(io.BytesIO(sample_strip.drawn()))
    assert committed.size == drawn.size
    # Not byte by byte: Pillow rounds differently on other processors.
    difference = ImageChops.difference(committed.convert("RGB"), drawn.convert("RGB"))
    assert max(ImageStat.Stat(difference).mean) < 1, "run make docs"


@pytest.mark.parametrize("committed", costs.CHARTS, ids=lambda path: path.name)
def test_the_chart_is_what_the_command_draws(committed: Path, tmp_path: Path) -> None:
    drawn = tmp_path / committed.name
    chart(default_report()).write(drawn)
    if committed.suffix == ".svg":
        assert committed.read_text(encoding="utf-8") == drawn.read_text(encoding="utf-8"), (
            "run make docs"
        )
        return
    before, after = Image.open(committed), Image.open(drawn)
    assert before.size == after.size
    # Not byte by byte: another FreeType rounds the letters differently.
    difference = ImageChops.difference(before.convert("RGB"), after.convert("RGB"))
    assert max(ImageStat.Stat(difference).mean) < 1, "run make docs"
