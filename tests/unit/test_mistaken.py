"""Files that are not a picture as they are: named, with what to do."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import zlib
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from image_pipeline.errors import ValidationError
from image_pipeline.s3_file import S3File
from tests.support import bombs
from tests.support.pictures import file_of, photo, plain_file
from tests.unit.test_limits_pictures import CLAIMS
from validate.examine import examine

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.conftest import Account

FILES = {name: plain_file(name) for name in ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "AVIF", "ICO")}
UNPACK = "upload the picture itself, without compressing it."
ALONE = "upload the bytes of the picture alone."
DECODE = "decode it first and upload the bytes of the picture."
ONE_BY_ONE = "upload the pictures in it one by one."
FETCH = "it may be the error message of a server, so fetch the picture again."


def refusal(data: bytes, encoding: str = "") -> str:
    """The message of the refusal of a file."""
    with pytest.raises(ValidationError) as raised:
        examine(io.BytesIO(data), "uploads/a", "", 1_000_000, content_encoding=encoding)
    return raised.value.message


def form(data: bytes, head: bytes = b"") -> bytes:
    head = head or b'Content-Disposition: form-data; name="file"\r\nContent-Type: image/png\r\n'
    return b"--boundary\r\n" + head + b"\r\n" + data + b"\r\n--boundary--\r\n"


def tar(data: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo("photo.jpg")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return file.getvalue()


WRAPPED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "gzip": (gzip.compress, f"The file is compressed with gzip; {UNPACK}"),
    "zlib": (zlib.compress, f"The file is compressed with zlib; {UNPACK}"),
    "xz": (lzma.compress, f"The file is compressed with xz; {UNPACK}"),
    "bzip2": (bz2.compress, f"The file is compressed with bzip2; {UNPACK}"),
    "Zstandard": (lambda data: b"\x28\xb5\x2f\xfd" + data, "compressed with Zstandard"),
    "tar": (tar, f"The file is a tar archive; {ONE_BY_ONE}"),
    "7-Zip": (lambda data: b"7z\xbc\xaf\x27\x1c\0\4" + data, f"a 7-Zip archive; {ONE_BY_ONE}"),
    "RAR": (lambda data: b"Rar!\x1a\x07\x01\0" + data, f"a RAR archive; {ONE_BY_ONE}"),
    "form": (form, f"The file is a whole form; {ALONE}"),
    "form of a browser": (
        lambda data: b"----" + form(data, b"Content-Disposition: form-data\r\n"), "a whole form",
    ),
    "HTTP": (lambda data: b"HTTP/1.1 200 OK\r\n\r\n" + data, f"an HTTP message; {ALONE}"),
    "mail": (lambda data: b"Content-Type: image/png\n\n" + data, "a message with its header"),
    "Base64": (base64.b64encode, f"The file is a picture as Base64 text; {DECODE}"),
    "Base64 of a mail": (base64.encodebytes, "Base64 text"),
    "Base64 of a URL": (base64.urlsafe_b64encode, "Base64 text"),
    "Base64 in quotes": (lambda data: b'"' + base64.b64encode(data) + b'"', "Base64 text"),
    "data URL": (
        lambda data: b"data:image/png;base64," + base64.b64encode(data),
        f"The file is a data URL; {DECODE}",
    ),
    "hexadecimal": (lambda data: data.hex().encode(), f"hexadecimal text; {DECODE}"),
    "URL encoding": (lambda data: quote(data).encode(), f"URL-encoded text; {DECODE}"),
    "URL-encoded form": (
        lambda data: b"file=" + quote(data).encode(), f"a whole form in URL encoding; {ALONE}",
    ),
    "Base64 in a form": (
        lambda data: b"file=" + quote(base64.b64encode(data), safe="").encode(), "a whole form in",
    ),
    "data URL in a form": (
        lambda data: b"file=data%3Aimage%2Fpng%3Bbase64%2C" + base64.b64encode(data),
        "a whole form in",
    ),
    "JSON": (
        lambda data: json.dumps({"picture": base64.b64encode(data).decode()}).encode(),
        f"The file is a JSON document; {FETCH}",
    ),
    "JSON list": (lambda data: json.dumps([{}, len(data)]).encode(), "a JSON document"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("wrapping", WRAPPED)
def test_a_wrapped_picture_is_called_by_its_wrapping(wrapping: str, name: str) -> None:
    wrap, message = WRAPPED[wrapping]
    assert message in refusal(wrap(FILES[name]))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (b"<!DOCTYPE html><title>404</title>", "a web page"),
        (b"\n<HTML><body>", "a web page"),
        (b"<!-- proxy --><html>", "a web page"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "an XML document"),
        (b"<Error><Code>NoSuchKey</Code></Error>", "an XML document"),
        (b'{"message": "Forbidden"}', "a JSON document"),
        (b"\xef\xbb\xbf{}", "a JSON document"),
    ],
)
def test_the_answer_of_a_server_is_called_that(text: bytes, kind: str) -> None:
    assert refusal(text) == f"The file is {kind}; {FETCH}"


CHANGED = (
    "A program that takes the picture for a text has changed its bytes; upload the original file,"
    " unchanged."
)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF", "JPEG2000", "WEBP", "AVIF", "TIFF"])
def test_a_picture_that_was_read_as_utf_8_is_recognized(name: str) -> None:
    data = file_of(photo((300, 200)), name)
    assert refusal(data.decode("utf-8", "replace").encode()) == CHANGED


@pytest.mark.parametrize("name", ["JPEG", "PNG"])
def test_a_picture_whose_bytes_became_characters_is_recognized(name: str) -> None:
    assert refusal(FILES[name].decode("latin-1").encode()) == CHANGED


@pytest.mark.parametrize(
    ("ends", "others"), [(b"\r\n", b"\n"), (b"\n", b"\r\n"), (b"\r\n", b"\r"), (b"\r", b"\n")]
)
def test_a_png_with_other_ends_of_lines_is_recognized(ends: bytes, others: bytes) -> None:
    assert refusal(FILES["PNG"].replace(ends, others)) == CHANGED


def test_a_picture_with_replacement_characters_in_its_texts_is_accepted() -> None:
    text = b"tEXt", b"Title\0" + "\N{REPLACEMENT CHARACTER}".encode() * 20
    data = bombs.png(bombs.chunk(*text))
    assert examine(io.BytesIO(data), "uploads/a", "", 1_000).format == "PNG"


@pytest.mark.parametrize("encoding", ["br", "aws-chunked,br", "zstd", "GZIP"])
def test_a_body_without_a_signature_is_called_by_its_content_encoding(encoding: str) -> None:
    name = encoding.rpartition(",")[2].lower()
    said = f"The file has the Content-Encoding {name} but is no picture; {UNPACK}"
    assert refusal(b"\x8b\x02\x80 unknown", encoding) == said


def test_a_picture_with_a_content_encoding_is_accepted() -> None:
    data = io.BytesIO(FILES["JPEG"])
    assert examine(data, "uploads/a", "", 10_000, content_encoding="aws-chunked").width == 40


def test_the_content_encoding_of_an_object_is_known(account: Account) -> None:
    uploaded = account.upload("uploads/a", b"brotli", ContentEncoding="br")
    assert S3File(uploaded, 6).content_encoding == "br"


# --------------------------------------------------------------------------- nothing to show
def gif(screen: tuple[int, int], frame: tuple[int, int]) -> bytes:
    return bombs.gif((0, 0, *frame), screen=screen)


def webp(size: tuple[int, int]) -> bytes:
    data = bytearray(plain_file("WEBP"))
    data[26:30] = struct.pack("<HH", *size)
    return bytes(data)


EMPTY: dict[str, Callable[[tuple[int, int]], bytes]] = {
    **{name: CLAIMS[name] for name in CLAIMS if name not in {"AVIF", "WEBP"}},
    "WEBP": webp,
    "GIF of an empty frame": lambda size: gif((40, 30), size),
    "GIF without any size": lambda size: gif(size, size),
}


@pytest.mark.parametrize("size", [(0, 30), (40, 0), (0, 0)])
@pytest.mark.parametrize("name", EMPTY)
def test_a_picture_of_no_pixels_is_called_that(name: str, size: tuple[int, int]) -> None:
    message = f"The picture is {size[0]} × {size[1]} pixels large, so it shows nothing;"
    assert message in refusal(EMPTY[name](size))


@pytest.mark.parametrize("screen", [(0, 30), (40, 0), (0, 0)])
def test_a_gif_without_a_screen_is_as_large_as_its_frame(screen: tuple[int, int]) -> None:
    facts = examine(io.BytesIO(gif(screen, (40, 30))), "uploads/a", "", 10_000)
    assert (facts.width, facts.height) == (40, 30)


@pytest.mark.parametrize("name", ["PNG", "GIF", "BMP", "JPEG", "TIFF"])
def test_a_header_that_ends_before_the_size_is_damaged(name: str) -> None:
    assert "The file is damaged" in refusal(plain_file(name)[: {"GIF": 7, "BMP": 19}.get(name, 17)])
