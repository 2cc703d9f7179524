"""The registry of formats: what an entry states is true of files of that format."""

from __future__ import annotations

import io
from pkgutil import resolve_name
from typing import TYPE_CHECKING

import pytest

from pictures.formats import FORMATS
from tests.support.heif_files import heic
from tests.support.pictures import animation, photo, plain_file

if TYPE_CHECKING:
    from pictures.formats.format import Format

PADDING = 4_000_000
WITH_HEADER = [name for name, known in FORMATS.items() if known.header]
REFERENCES = ("opener", "converter", "preflight", "header", "exif", "xmp", "color", "facts")


class Counting(io.BytesIO):
    """A file that counts the bytes that are read from it."""

    read_bytes = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.read_bytes += len(data)
        return data


def file_in(name: str) -> bytes:
    return heic() if name == "HEIF" else plain_file(name)


@pytest.mark.parametrize("known", FORMATS.values(), ids=FORMATS)
def test_every_function_that_an_entry_names_exists(known: Format) -> None:
    named = [getattr(known, field) for field in REFERENCES if getattr(known, field)]

    assert all(callable(resolve_name(reference)) for reference in named)
    assert bool(known.opener) is not bool(known.converter)


@pytest.mark.parametrize("name", WITH_HEADER)
def test_only_ranged_formats_are_told_from_a_part_of_the_file(name: str) -> None:
    file = Counting(file_in(name) + bytes(PADDING))

    header = FORMATS[name].read_header(file, 1_000_000)

    assert header is not None
    assert (file.read_bytes < PADDING) is FORMATS[name].is_ranged


@pytest.mark.parametrize("name", [name for name, known in FORMATS.items() if known.is_animated])
def test_animated_formats_have_frames(name: str) -> None:
    data = animation([photo((32, 24)), photo((32, 24)).rotate(180)], name)

    header = FORMATS[name].read_header(io.BytesIO(data), 1_000_000)

    assert header is not None
    assert header.frames == 2
    assert FORMATS[name].shown_frames(header.frames) == 2


@pytest.mark.parametrize("name", [name for name, known in FORMATS.items() if not known.is_animated])
def test_of_other_formats_one_picture_is_shown(name: str) -> None:
    assert FORMATS[name].shown_frames(7) == 1


def test_no_extension_belongs_to_two_formats() -> None:
    extensions = [each for known in FORMATS.values() for each in known.extensions]

    assert len(extensions) == len(set(extensions))
