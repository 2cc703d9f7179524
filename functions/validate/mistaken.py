"""Tells what a file is that is not a picture of a known format, and what its owner can do.

Nothing is unpacked, and only the first bytes are looked at.
"""

from __future__ import annotations

import base64
import re
import zlib
from urllib.parse import unquote_to_bytes

from pictures.formats import FORMATS, sniff

_NAMES = ", ".join(name for name in FORMATS if name != "RAW")
_ACCEPTED = f"accepted are {_NAMES} and camera RAW"
_UNPACK = "upload the picture itself, without compressing it"
_ONE_BY_ONE = "upload the pictures in it one by one"
_DECODE = "decode it first and upload the bytes of the picture"
_ALONE = "upload the bytes of the picture alone"
_ORIGINAL = "upload the original file, unchanged"
_CHECK = "it may be the error message of a server, so fetch the picture again"

_COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"\xfd7zXZ\0": "xz",
    b"BZh": "bzip2",
    b"\x04\x22\x4d\x18": "LZ4",
    b"\x1f\x9d": "compress",
}
_ARCHIVES = {
    b"PK\x03\x04": "a ZIP archive",
    b"PK\x05\x06": "a ZIP archive",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"Rar!\x1a\x07": "a RAR archive",
}
_OTHERS = {
    b"8BPS": "a Photoshop document",
    b"gimp xcf": "a GIMP document",
    b"\xc5\xd0\xd3\xc6": "a PostScript document",
    b"\x8aMNG\r\n\x1a\n": "an MNG animation",
    b"\x8bJNG\r\n\x1a\n": "a JNG picture",
    b"AT&TFORM": "a DjVu document",
    b"II\xbc\x01": "a JPEG XR picture",
    b"\x76\x2f\x31\x01": "an OpenEXR picture",
    b"#?RADIANCE": "a Radiance picture",
    b"qoif": "a QOI picture",
    b"DDS ": "a DDS texture",
    b"icns": "an Apple icon",
    b"\0\0\2\0": "a cursor",
    b"SIMPLE  =": "a FITS picture",
    b"BPG\xfb": "a BPG picture",
    b"FLIF": "a FLIF picture",
    b"\x1aE\xdf\xa3": "a video",
    b"\0\0\1\xba": "a video",
    b"FLV\1": "a video",
}
# Brands of HEIF files in JPEG, AVC, JPEG 2000, VVC and EVC, without compression, and in the
# minimized form (registered at mp4ra.org/registered-types/brands).
_UNSUPPORTED_HEIF = {
    *(b"jpeg", b"jpgs", b"avci", b"avcs", b"j2ki", b"j2is", b"vvic", b"vvis", b"evbi", b"evbs"),
    *(b"unif", b"mif3"),
}
_TAR_MARK_AT = 257
# What a program that converts texts makes of the first bytes: U+FFFD in place of those that are not
# UTF-8, two bytes for each of them, seven bits of them, or other ends of lines.
_CHANGED = re.compile(
    rb"(\xef\xbf\xbd){2}|\xef\xbf\xbdPNG|\xc2\x89PNG|\xc3\xbf\xc3\x98\xc3\xbf|[\x89\t]PNG[\r\n]"
    rb"|\x7fX\x7f[`a]|\0\0\0\x0cjP  "
)
_TEXTS: tuple[tuple[re.Pattern[bytes], str, str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), name, instead)
    for pattern, name, instead in (
        (rb"%PDF", "a PDF document", _ACCEPTED),
        (rb"%!PS", "a PostScript document", _ACCEPTED),
        (rb"<svg", "an SVG drawing", _ACCEPTED),
        (rb"P[1-7]\s", "a Netpbm picture", _ACCEPTED),
        (rb"<(!--|(!doctype|html|head|body|title|script|meta|h1)\b)", "a web page", _CHECK),
        (rb"<[?a-z]", "an XML document", _CHECK),
        (rb'\{\s*["}]|\[\s*["{\[\]]', "a JSON document", _CHECK),
        (rb"--[^\r\n]+\r?\n([\w-]+:[^\r\n]*\r?\n)*?content-[\w-]+:", "a whole form", _ALONE),
        (rb"(http/\d|[a-z]{3,7} \S+ http/\d)", "an HTTP message", _ALONE),
        (rb"(content-[\w-]+|mime-version):", "a message with its header", _ALONE),
        (rb"[\"']?data:[\w.+/;=-]*,", "a data URL", _DECODE),
    )
)
_REPLACEMENT, _REPLACEMENTS = b"\xef\xbf\xbd", 8
CHANGED = "A program that takes the picture for a text has changed its bytes", _ORIGINAL
"""What happened to a picture whose bytes were converted, and what to do about it."""

_TEXT_LENGTH = 2048
_WORD = re.compile(r"[a-z-]+")
_CODINGS = frozenset({"br", "gzip", "x-gzip", "zstd", "deflate", "compress"})  # RFC 9110, 8.4.1
_FIELD = re.compile(rb"[\w.%+\[\]-]{1,64}=")
_BASE64 = re.compile(rb"[\"']?([\w+/-]{40})")
_HEXADECIMAL = re.compile(rb"(?:0x|\\x)?([0-9a-f]{64})", re.IGNORECASE)


def mistaken(head: bytes, encoding: str = "") -> tuple[str, str]:
    """Return what a file of no known format seems to be, as a clause, and what to do about it.

    Args:
        head: its first bytes, some hundreds of them.
        encoding: the Content-Encoding that it was uploaded with; empty without any.
    """
    if name := _starting(_COMPRESSED, head) or ("zlib" if _is_zlib(head) else None):
        return f"The file is compressed with {name}", _UNPACK
    if name := _starting(_ARCHIVES, head):
        return f"The file is {name}", _ONE_BY_ONE
    if head[_TAR_MARK_AT : _TAR_MARK_AT + 5] == b"ustar":
        return "The file is a tar archive", _ONE_BY_ONE
    if _CHANGED.match(head):
        return CHANGED
    name = _starting(_OTHERS, head)
    if head[4:8] == b"ftyp" and head[8:12] in _UNSUPPORTED_HEIF:
        name = "an HEIF in another form than HEIC"
    elif name is None and (head[4:8] in {b"ftyp", b"moov", b"mdat"} or head[8:12] == b"AVI "):
        name = "a video"
    if name:
        return f"The file is {name}", _ACCEPTED
    unknown = "The file is not a picture of a known format", _ACCEPTED
    return _text(head) or _declared(encoding) or unknown


def is_changed_text(head: bytes) -> bool:
    """Return whether the bytes of a picture of a known format were converted like a text.

    Only a signature of ASCII characters survives that. Pictures are not UTF-8; texts in them may
    hold U+FFFD, but not everything in them is UTF-8.
    """
    if head.count(_REPLACEMENT) < _REPLACEMENTS:
        return False
    try:
        head[: head.rindex(_REPLACEMENT)].decode()
    except UnicodeDecodeError:
        return False
    return True


def _declared(encoding: str) -> tuple[str, str] | None:
    """Tell a compressed file by its Content-Encoding: Brotli has no signature."""
    for name in _WORD.findall(encoding.lower()):
        if name in _CODINGS:
            return f"The file has the Content-Encoding {name} but is no picture", _UNPACK
    return None


def _text(head: bytes) -> tuple[str, str] | None:
    """Tell texts, and pictures that are written as texts."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:_TEXT_LENGTH]
    for pattern, name, instead in _TEXTS:
        if pattern.match(text):
            return f"The file is {name}", instead
    if coding := _coding(text):
        return f"The file is a picture as {coding}", _DECODE
    plain = unquote_to_bytes(text)
    if plain != text and sniff(plain):
        return "The file is a picture as URL-encoded text", _DECODE
    if field := _FIELD.match(text):
        value = unquote_to_bytes(text[field.end() :])
        if sniff(value) or _coding(value) or value.startswith(b"data:"):
            return "The file is a whole form in URL encoding", _ALONE
    return None


def _coding(text: bytes) -> str | None:
    """Return the name of the coding if a text is a picture in one."""
    if found := _HEXADECIMAL.match(text):
        return "hexadecimal text" if sniff(bytes.fromhex(found[1].decode())) else None
    if found := _BASE64.match(text):
        packed = found[1].translate(bytes.maketrans(b"-_", b"+/"))
        return "Base64 text" if sniff(base64.b64decode(packed)) else None
    return None


def _starting(names: dict[bytes, str], head: bytes) -> str | None:
    return next((name for mark, name in names.items() if head.startswith(mark)), None)


def _is_zlib(head: bytes) -> bool:
    """Return whether a file is what HTTP calls `deflate` (RFC 1950)."""
    if head[:1] != b"\x78" or int.from_bytes(head[:2], "big") % 31:
        return False
    try:
        zlib.decompressobj().decompress(head, 1)
    except zlib.error:
        return False
    return True
