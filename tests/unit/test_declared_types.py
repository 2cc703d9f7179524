"""What a name and a Content-Type declare: every media type and extension, entry by entry."""

from __future__ import annotations

import pytest

from image_pipeline.errors import Reason, ValidationError
from pictures.formats import FORMATS
from validate.polyglot import check_polyglot
from validate.rules import check_declared

DECLARED = {
    "JPEG": (
        "image/jpeg image/jpg image/pjpeg image/mpo",
        "jpg jpeg jpe jfif mpo",
    ),
    "PNG": ("image/png image/apng image/x-png", "png apng"),
    "GIF": ("image/gif", "gif"),
    "WEBP": ("image/webp", "webp"),
    "TIFF": ("image/tiff image/tif", "tif tiff"),
    "BMP": ("image/bmp image/x-ms-bmp image/x-bmp", "bmp dib"),
    "JPEG2000": (
        "image/jp2 image/jpx image/jpm image/j2k image/x-jp2 image/jpeg2000",
        "jp2 j2k jpf jpx j2c jpc jpm",
    ),
    "ICO": ("image/vnd.microsoft.icon image/x-icon image/ico", "ico"),
    "AVIF": ("image/avif image/avif-sequence", "avif avifs"),
    "HEIF": (
        "image/heic image/heif image/heic-sequence image/heif-sequence",
        "heic heif hif heics heifs",
    ),
    "RAW": (
        (
            "image/x-raw image/tiff image/x-adobe-dng image/x-canon-cr2 image/x-canon-cr3"
            " image/x-nikon-nef image/x-nikon-nrw image/x-sony-arw image/x-sony-sr2"
            " image/x-sony-srf image/x-fuji-raf image/x-panasonic-rw2 image/x-panasonic-raw"
            " image/x-olympus-orf image/x-pentax-pef image/x-samsung-srw"
            " image/x-kodak-dcr image/x-sigma-x3f"
        ),
        (
            "dng cr2 cr3 nef nrw arw srf sr2 raf rw2 orf pef srw 3fr erf dcr kdc mos mrw rwl iiq"
            " x3f raw"
        ),
    ),
}
TYPES = [(name, each) for name, (types, _) in DECLARED.items() for each in types.split()]
EXTENSIONS = [(name, each) for name, (_, names) in DECLARED.items() for each in names.split()]


@pytest.mark.parametrize(("name", "content_type"), TYPES)
def test_each_type_of_a_format_is_right_for_it(name: str, content_type: str) -> None:
    assert check_declared("uploads/a", content_type, FORMATS[name]) == ()


@pytest.mark.parametrize(("name", "extension"), EXTENSIONS)
def test_each_extension_of_a_format_is_right_for_it(name: str, extension: str) -> None:
    assert check_declared(f"uploads/a.{extension}", "", FORMATS[name]) == ()


@pytest.mark.parametrize(("name", "content_type"), TYPES)
def test_each_type_is_wrong_for_another_format(name: str, content_type: str) -> None:
    other = "GIF" if name != "GIF" else "PNG"

    assert check_declared("uploads/a", content_type, FORMATS[other]) == (
        f"the Content-Type {content_type} is not that of {other}",
    )


@pytest.mark.parametrize(("name", "extension"), EXTENSIONS)
def test_each_extension_is_wrong_for_another_format(name: str, extension: str) -> None:
    other = "GIF" if name != "GIF" else "PNG"

    assert check_declared(f"uploads/a.{extension}", "", FORMATS[other]) == (
        f"the extension .{extension} is not one of {other}",
    )


@pytest.mark.parametrize("extension", ["pdf", "mp4", "zip", "txt", "exe"])
def test_an_extension_of_another_kind_of_file_is_wrong(extension: str) -> None:
    assert len(check_declared(f"uploads/a.{extension}", "", FORMATS["JPEG"])) == 1


@pytest.mark.parametrize("extension", ["5", "2026", "backup-of-the-holidays"])
def test_an_extension_that_means_nothing_is_no_matter(extension: str) -> None:
    assert check_declared(f"uploads/a.{extension}", "", FORMATS["JPEG"]) == ()


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/octet-stream",
        "binary/octet-stream",
        "Binary/Octet-Stream",
        " application/octet-stream ; charset=x",
    ],
)
def test_no_type_at_all_is_no_warning(content_type: str) -> None:
    assert check_declared("uploads/a", content_type, FORMATS["JPEG"]) == ()


def refused(key: str, content_type: str) -> str:
    with pytest.raises(ValidationError) as raised:
        check_declared(key, content_type, FORMATS["PNG"])
    assert raised.value.reason is Reason.TYPE_MISMATCH
    return raised.value.message


@pytest.mark.parametrize(
    "content_type",
    [
        "application/ecmascript",
        "application/javascript",
        "application/xhtml+xml",
        "application/xml",
        "image/svg+xml",
        "text/ecmascript",
        "text/html",
        "text/javascript",
        "text/xml",
    ],
)
def test_a_type_that_browsers_run_is_refused(content_type: str) -> None:
    message = f"The file is a PNG picture but is declared as {content_type}; rename it."

    assert refused("uploads/a.png", content_type) == message
    assert refused("uploads/a", f" {content_type.upper()}; charset=utf-8") == message


@pytest.mark.parametrize(
    "extension", ["htm", "html", "js", "mjs", "shtml", "svg", "svgz", "xhtml", "xml"]
)
def test_an_extension_that_browsers_run_is_refused(extension: str) -> None:
    message = f"The file is a PNG picture but is declared as .{extension}; rename it."

    assert refused(f"uploads/a.{extension}", "image/png") == message
    assert refused(f"uploads/a.png.{extension.upper()}", "") == message


# --------------------------------------------------- a picture that is something else as well
def polyglot(data: bytes) -> str:
    """What a file is besides a picture; empty for nothing."""
    try:
        check_polyglot(data)
    except ValidationError as error:
        what = error.message.partition(" and ")[2].partition(" at once")[0]
        return what if error.reason is Reason.TYPE_MISMATCH else error.reason
    return ""


LETTERS = b"a" * 40


@pytest.mark.parametrize(
    "data",
    [
        b"GIF89a/*" + bytes(40) + b"*/=1",
        b"GIF87a/*" + bytes(40) + b"*/=1",
        b"GIF89a/**/=1" + bytes(40),
        b"GIF89a" + b"a" * 32 + b"\0",
        b"GIF89a" + LETTERS,
        b"BM/*" + bytes(40),
        b"BM" + LETTERS,
        b"RIFF/*" + bytes(40),
        b"RIFF" + LETTERS,
        b"\xff\xd8\xff\xe0/*" + bytes(40) + b"*/=1",
        b"\xff\xd8\xff\xe1/*" + bytes(40) + b"*/ \t: 1",
        b"\xff\xd8\xff\xe0" + LETTERS,
        b"\xff\x0a/*" + bytes(40) + b"*/=1",
        b"\xff\x0a/*" + bytes(40) + b"*/var a",
        b"\xff\x0a=1;" + LETTERS,
        b"#!/bin/sh\n",
        b"<html>",
        b"\xff\xd8\xff\xe0\t\n\r ~" + LETTERS,
    ],
)
def test_a_picture_that_begins_as_a_script_is_refused(data: bytes) -> None:
    assert polyglot(data) == "a script"


@pytest.mark.parametrize(
    "data",
    [
        b"GIF89a/*" + bytes(40),  # a width that looks so, without an end to the comment
        b"\xff\xd8\xff\xe0/*" + bytes(40) + b"*/ 1",
        b"\xff\x0a/*" + bytes(40) + b"*/ \1",
        b"GIF89a" + b"a" * 31 + b"\0",
        b"GIF89a" + b"a" * 31,
        b"BM" + b"a" * 31 + b"\x7f",
        b"\x89PNG" + LETTERS,
        b"II*\0" + LETTERS,
    ],
)
def test_a_picture_that_only_looks_a_little_like_one_is_not(data: bytes) -> None:
    assert polyglot(data) == ""


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"PK\x05\x06"])
def test_an_archive_whose_first_bytes_are_a_length_is_refused(start: bytes) -> None:
    assert polyglot(start + b"ftypheic") == "a script"


def tar(checksum: str, mark: bytes = b"ustar", start: bytes = b"GIF89a\x01\0") -> bytes:
    header = bytearray(start.ljust(512, b"\0"))
    header[257 : 257 + len(mark)] = mark
    header[148:157] = b" " * 8 + b"0"  # the checksum counts as spaces; an ordinary file
    header[148:156] = checksum.format(sum(header)).encode().ljust(8, b"\0")
    return bytes(header)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (tar("{:06o}\0 "), "an archive"),
        (tar("{:o}"), "an archive"),
        (tar("{:06o}") + b"more" * 100, "an archive"),
        (tar("{:07d}"), ""),
        (tar("1234"), ""),
        (tar("word"), ""),
        (tar(""), ""),
        (tar("{:06o}", mark=b"UStar"), ""),
    ],
)
def test_a_picture_that_is_a_tar_archive_is_refused(data: bytes, what: str) -> None:
    assert polyglot(data) == what
