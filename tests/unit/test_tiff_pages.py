"""Which page of a TIFF is shown, where reduced copies and masks are among its pages."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from metadata.extract import extract
from moderate.samples import samples
from pictures import limits
from tests.support.tiff_pages import BLUE, FULL, GREEN, RED, SMALL, Page, tiff
from thumbnail.renditions import parse_specs, render
from validate.examine import examine

SPECS = parse_specs("a=100x100:inside:png:80")


def shown(data: bytes) -> tuple[tuple[int, int], tuple[int, ...]]:
    """Size and color of the picture, on which all functions agree."""
    facts = examine(io.BytesIO(data), "uploads/a.tif", "", limits.PIXELS)
    metadata = extract(data, store_gps=False)
    (rendition,) = render(data, SPECS, format_name="TIFF")
    (sample, *_) = samples(data, "TIFF", max_pixels=limits.PIXELS)
    picture = Image.open(io.BytesIO(rendition.data)).convert("RGB")
    moderated = Image.open(io.BytesIO(sample)).convert("RGB")
    color = picture.getpixel((picture.width // 2, picture.height // 2))
    judged = moderated.getpixel((moderated.width // 2, moderated.height // 2))

    assert isinstance(color, tuple)
    assert isinstance(judged, tuple)
    assert max(abs(one - other) for one, other in zip(color, judged, strict=True)) <= 12
    assert (facts.width, facts.height) == (metadata.width, metadata.height) == picture.size
    return picture.size, color


THUMBNAIL = Page(SMALL, GREEN, kind=1)
LAYOUTS = [("<", False), (">", False), ("<", True), (">", True)]


@pytest.mark.parametrize(("order", "is_big"), LAYOUTS)
def test_the_full_page_is_shown_after_its_reduced_copy(order: str, is_big: bool) -> None:
    assert shown(tiff(THUMBNAIL, Page(), order=order, is_big=is_big)) == (FULL, RED)


@pytest.mark.parametrize(("order", "is_big"), LAYOUTS)
def test_the_full_page_is_shown_from_within_its_reduced_copy(order: str, is_big: bool) -> None:
    outer = Page(SMALL, GREEN, kind=1, within=(Page((24, 16), BLUE, kind=1), Page(kind=0)))
    assert shown(tiff(outer, order=order, is_big=is_big)) == (FULL, RED)


OTHERS = {
    "the first page, if nothing is said": [Page(), Page(SMALL, GREEN)],
    "the first page before its copies": [Page(), THUMBNAIL],
    "the first page of a document": [Page(kind=2), Page(color=BLUE, kind=2)],
    "a page after a copy by the older field": [Page(SMALL, GREEN, old_kind=2), Page(old_kind=1)],
    "a page after a mask": [Page(color=BLUE, kind=4), Page()],
    "a page after a mask of a copy": [Page(SMALL, BLUE, kind=5), THUMBNAIL, Page()],
    "a page after its pyramid": [THUMBNAIL, Page((24, 16), BLUE, kind=1), Page()],
    "a page with its copies within": [Page(within=(THUMBNAIL,))],
    "the page within, not the next one": [
        Page(SMALL, GREEN, kind=1, within=(Page(kind=0),)),
        Page(color=BLUE),
    ],
    "the largest copy": [THUMBNAIL, Page(kind=1), Page((24, 16), BLUE, kind=1)],
    "a copy that is alone": [Page(kind=1)],
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_page_is_shown_that_is_neither_copy_nor_mask(name: str) -> None:
    assert shown(tiff(*OTHERS[name])) == (FULL, RED)


def test_only_the_orientation_of_the_shown_page_counts() -> None:
    turned = Page(SMALL, GREEN, kind=1, orientation=6)
    assert shown(tiff(turned, Page())) == (FULL, RED)
    assert shown(tiff(THUMBNAIL, Page(orientation=6))) == (FULL[::-1], RED)
    assert extract(tiff(turned, Page()), store_gps=False).orientation is None


@pytest.mark.parametrize(("order", "is_big"), LAYOUTS)
def test_metadata_is_that_of_the_shown_page_then_of_the_first(order: str, is_big: bool) -> None:
    packet = b'<rdf:Description xmp:CreateDate="2020-02-03T04:05:06"/>'
    first = Page(SMALL, GREEN, kind=1, make=b"First Maker", xmp=packet)

    def described(page: Page) -> tuple[str | None, str | None]:
        metadata = extract(tiff(first, page, order=order, is_big=is_big), store_gps=False)
        return (metadata.camera.make if metadata.camera else None, metadata.captured_at)

    assert described(Page(make=b"Second Maker")) == ("Second Maker", "2020-02-03T04:05:06")
    assert described(Page()) == ("First Maker", "2020-02-03T04:05:06")


def test_pages_within_pages_are_searched_to_a_limit() -> None:
    within = tuple(Page(SMALL, GREEN, kind=1) for _ in range(7))
    assert shown(tiff(Page(SMALL, GREEN, kind=1, within=(*within, Page(kind=0))))) == (FULL, RED)
    many = (*within, *within, Page(kind=0))
    assert shown(tiff(Page(SMALL, GREEN, kind=1, within=many))) == (SMALL, GREEN)
