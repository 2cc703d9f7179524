"""Makes HEIF and AVIF files whose lists of pictures understate their size or their parts."""

from __future__ import annotations

import struct

from PIL import Image

from tests.support.heif_files import (
    HEIC_SIZE,
    HEVC_CONFIGURATION,
    HEVC_DATA,
    Item,
    avif,
    box,
    full_box,
    heif_file,
)

_PARAMETER_SET = b"\x42\x01"  # the two bytes that begin it: ITU-T H.265, 7.3.1.2
_SEQUENCE_HEADER = b"\x0a"  # one that states its length: AV1, 5.3.2
_PRIMARY, _FIRST_PART = 1, 2
Size = tuple[int, int]


def hevc_configuration(size: Size) -> bytes:
    """An `hvcC` whose parameter set claims another size than the picture has."""
    at = HEVC_CONFIGURATION.index(_PARAMETER_SET)
    length = int.from_bytes(HEVC_CONFIGURATION[at - 2 : at], "big")
    unit = parameter_set(size)
    return (
        HEVC_CONFIGURATION[: at - 2]
        + struct.pack(">H", len(unit))
        + unit
        + HEVC_CONFIGURATION[at + length :]
    )


def parameter_set(size: Size) -> bytes:
    """The sequence parameter set of the test picture, with another size."""
    at = HEVC_CONFIGURATION.index(_PARAMETER_SET)
    length = int.from_bytes(HEVC_CONFIGURATION[at - 2 : at], "big")
    unit = HEVC_CONFIGURATION[at + 2 : at + length].replace(b"\0\0\3", b"\0\0")
    bits = f"{int.from_bytes(unit, 'big'):0{8 * len(unit)}b}"
    sizes_at = 4 + 3 + 1 + 96 + 1 + 3  # after an id of 0 and a chroma format of 1
    old = "".join(map(_exp_golomb, HEIC_SIZE))
    assert bits[sizes_at:].startswith(old)
    claimed = _bytes(
        bits[:sizes_at] + "".join(map(_exp_golomb, size)) + bits[sizes_at + len(old) :]
    )
    return _PARAMETER_SET + claimed.replace(b"\0\0", b"\0\0\3")


def av1_data(size: Size, stated: Size = (40, 30)) -> bytes:
    """A plain coded picture whose sequence header claims another size."""
    coded = av1_picture(stated)
    header_at = coded.index(_SEQUENCE_HEADER)
    header = coded[header_at + 2 : header_at + 2 + coded[header_at + 1]]
    bits = f"{int.from_bytes(header, 'big'):0{8 * len(header)}b}"
    width_bits, height_bits = int(bits[10:14], 2) + 1, int(bits[14:18], 2) + 1
    rest = bits[18 + width_bits + height_bits :]
    claimed = _bytes(f"{bits[:10]}11111111{size[0] - 1:016b}{size[1] - 1:016b}{rest}")
    return (
        coded[: header_at + 1]
        + bytes([len(claimed)])
        + claimed
        + coded[header_at + 2 + len(header) :]
    )


def av1_picture(size: Size) -> bytes:
    """The coded data of a plain picture."""
    file = avif(Image.new("RGB", size, "teal"))
    return file[file.index(b"mdat") + 4 :]


def one_picture(
    data: bytes,
    configuration: bytes = HEVC_CONFIGURATION,
    *,
    kind: bytes = b"hvc1",
    stated: Size = HEIC_SIZE,
    pieces: int = 1,
) -> bytes:
    """A file of one picture."""
    properties = _properties(configuration, kind, stated)
    return heif_file([Item(_PRIMARY, kind, data, (1, 2), pieces=pieces)], properties, _brand(kind))


def grid(
    tiles: int,
    *,
    data: bytes = HEVC_DATA,
    configuration: bytes = HEVC_CONFIGURATION,
    kind: bytes = b"hvc1",
    canvas: Size = HEIC_SIZE,
    stated: Size = HEIC_SIZE,
    tile: Size = HEIC_SIZE,
) -> bytes:
    """A picture of one row of tiles with the same content."""
    properties = [*_properties(configuration, kind, tile), _ispe(stated)]
    shape = bytes([0, 1, 0, (tiles - 1) % 256]) + struct.pack(">II", *canvas)
    parts = tuple(range(_FIRST_PART, _FIRST_PART + tiles))
    items = [Item(_PRIMARY, b"grid", shape, (3,), (b"dimg", parts))]
    items += [Item(number, kind, data, (1, 2), flags=1) for number in parts]
    return heif_file(items, properties, _brand(kind))


def chain(length: int, *, closed: bool = False) -> bytes:
    """A chain of pictures derived from each other; if `closed`, the last from the first."""
    properties = _properties(HEVC_CONFIGURATION, b"hvc1", HEIC_SIZE)
    numbers = range(_PRIMARY, _PRIMARY + length)
    items = [Item(number, b"iden", b"", (2,), (b"dimg", (number + 1,))) for number in numbers[:-1]]
    last = numbers[-1]
    if closed:
        items.append(Item(last, b"iden", b"", (2,), (b"dimg", (_PRIMARY,))))
    else:
        items.append(Item(last, b"hvc1", HEVC_DATA, (1, 2)))
    return heif_file(items, properties, b"heic")


def _properties(configuration: bytes, kind: bytes, stated: Size) -> list[bytes]:
    if kind == b"av01":
        configuration = b"\x81\x00\x0c\x00"
    return [box({b"av01": b"av1C"}.get(kind, b"hvcC"), configuration), _ispe(stated)]


def _ispe(size: Size) -> bytes:
    return full_box(b"ispe", struct.pack(">II", *size))


def _brand(kind: bytes) -> bytes:
    return b"avif" if kind == b"av01" else b"heic"


def _exp_golomb(number: int) -> str:
    bits = f"{number + 1:b}"
    return "0" * (len(bits) - 1) + bits


def _bytes(bits: str) -> bytes:
    padded = bits + "0" * (-len(bits) % 8)
    return int(padded, 2).to_bytes(len(padded) // 8, "big")
