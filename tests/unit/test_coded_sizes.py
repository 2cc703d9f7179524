"""The sizes that AV1 and HEVC data state, whichever optional fields come before them."""

from __future__ import annotations

import io
import struct

import pytest

from pictures.preflight.coded_size import av1_sizes, hevc_sizes, hevc_sizes_within

SIZE = (1_921, 1_083)


def packed(bits: str) -> bytes:
    bits = bits.replace(" ", "")
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def golomb(number: int) -> str:
    bits = f"{number + 1:b}"
    return "0" * (len(bits) - 1) + bits


# ----------------------------------------------------------------------------------------- AV1
AV1_SIZE = f"1010 1011 {SIZE[0] - 1:011b} {SIZE[1] - 1:012b}"
LEVEL_5, LEVEL_8 = "000000000000 00101", "000000000000 01000"
FULL = "000 0 0"
"""Profile 0, more than a still picture, in the long form."""
SEQUENCE_HEADERS = {
    "short form of a still": f"000 1 1 01000 {AV1_SIZE}",
    "long form": f"{FULL} 0 0 00000 {LEVEL_5} {AV1_SIZE}",
    "profile 2": f"010 0 0 0 0 00000 {LEVEL_5} {AV1_SIZE}",
    "three operating points": f"{FULL} 0 0 00010 {LEVEL_5} {LEVEL_5} {LEVEL_5} {AV1_SIZE}",
    "a level with a tier": f"{FULL} 0 0 00001 {LEVEL_8} 1 {LEVEL_5} {AV1_SIZE}",
    "the highest level without": f"{FULL} 0 0 00000 000000000000 00111 {AV1_SIZE}",
    "timing": f"{FULL} 1 {'10' * 32} 0 0 0 00000 {LEVEL_5} {AV1_SIZE}",
    "timing of equal intervals": (
        f"{FULL} 1 {'10' * 32} 1 {golomb(5)} 0 0 00000 {LEVEL_5} {AV1_SIZE}"
    ),
    "the model of a decoder": (
        f"{FULL} 1 {'10' * 32} 0 1 00011 {'10' * 21} 0 00001 {LEVEL_5} 1 1111 0000 1 {LEVEL_5} 0"
        f" {AV1_SIZE}"
    ),
    "delays of display": f"{FULL} 0 1 00001 {LEVEL_5} 1 1010 {LEVEL_5} 0 {AV1_SIZE}",
    "everything": (
        f"{FULL} 1 {'10' * 32} 1 {golomb(2)} 1 00001 {'01' * 21} 1 00001"
        f" {LEVEL_8} 1 1 11 00 1 1 1111 {LEVEL_5} 1 01 10 0 1 0101 {AV1_SIZE}"
    ),
}


def unit(
    kind: int, content: bytes, *, extension: bool = False, length: bytes | None = None
) -> bytes:
    """A piece of AV1 data, which states its length unless that is empty."""
    length = bytes([len(content)]) if length is None else length
    head = bytes([kind << 3 | 4 * extension | 2 * bool(length)]) + b"\x20" * extension
    return head + length + content


def sizes_of(
    data: bytes, *, header_only: bool = False, before: bytes = b""
) -> list[tuple[int, int]]:
    file = io.BytesIO(before + data + b"\x0a\x0b" + bytes(20))
    return list(av1_sizes(file, len(before), len(before) + len(data), header_only=header_only))


@pytest.mark.parametrize("name", SEQUENCE_HEADERS)
def test_av1_states_its_size_after_its_optional_fields(name: str) -> None:
    assert sizes_of(unit(1, packed(SEQUENCE_HEADERS[name]))) == [SIZE]


HEADER = packed(SEQUENCE_HEADERS["long form"])
OTHER = packed("000 1 1 01000 0000 0001 0 10")
SMALL = (1, 3)


@pytest.mark.parametrize(
    "data",
    [
        unit(1, HEADER),
        unit(1, HEADER, extension=True),
        unit(1, HEADER, length=b""),
        unit(1, HEADER, length=bytes([len(HEADER) | 0x80, 0])),
        unit(2, b"") + unit(1, HEADER) + unit(6, b"pixels"),
        unit(5, bytes(300), length=b"\xac\x02") + unit(1, HEADER),
        unit(5, bytes(128), length=b"\x80\x01") + unit(1, HEADER),
        unit(15, b"") + unit(1, HEADER),
    ],
    ids=[
        "plain",
        "extension",
        "no length",
        "long length",
        "usual",
        "metadata",
        "metadata of 128 bytes",
        "padding",
    ],
)
def test_each_form_of_a_piece_of_av1_is_read(data: bytes) -> None:
    for header_only in (False, True):
        assert sizes_of(data, header_only=header_only, before=b"before") == [SIZE]


@pytest.mark.parametrize("kind", [3, 4, 6, 7, 8])
def test_the_header_of_av1_ends_where_pixels_begin(kind: int) -> None:
    data = unit(1, HEADER) + unit(kind, b"pixels") + unit(1, OTHER)

    assert sizes_of(data, header_only=True) == [SIZE]
    assert sizes_of(data) == [SIZE, SMALL]


@pytest.mark.parametrize("data", [b"", b"\x0a", unit(1, b"")])
def test_av1_without_a_header_states_nothing_that_is_large(data: bytes) -> None:
    assert sizes_of(data) in ([], [(1, 1)])


# ---------------------------------------------------------------------------------------- HEVC
PROFILE = "10" * 44
HEVC_SIZE = f"{golomb(SIZE[0])} {golomb(SIZE[1])} 1111"
PARAMETER_SETS = {
    "one layer": f"0000 000 1 {PROFILE} 01011010 {golomb(0)} {golomb(1)} {HEVC_SIZE}",
    "another number": f"0101 000 0 {PROFILE} 01011010 {golomb(9)} {golomb(1)} {HEVC_SIZE}",
    "gray": f"0000 000 1 {PROFILE} 01011010 {golomb(0)} {golomb(0)} {HEVC_SIZE}",
    "4:2:2": f"0000 000 1 {PROFILE} 01011010 {golomb(0)} {golomb(2)} {HEVC_SIZE}",
    "4:4:4": f"0000 000 1 {PROFILE} 01011010 {golomb(0)} {golomb(3)} 0 {HEVC_SIZE}",
    "4:4:4 in planes": f"0000 000 1 {PROFILE} 01011010 {golomb(0)} {golomb(3)} 1 {HEVC_SIZE}",
    "two layers that say nothing": (
        f"0000 010 1 {PROFILE} 01011010 00 00 {'00' * 6} {golomb(0)} {golomb(1)} {HEVC_SIZE}"
    ),
    "layers with a profile and a level": (
        f"0000 011 1 {PROFILE} 01011010 10 01 11 {'00' * 5}"
        f" {PROFILE} 01011010 {PROFILE} 01011010 {golomb(0)} {golomb(1)} {HEVC_SIZE}"
    ),
    "seven layers": (
        f"0000 111 1 {PROFILE} 01011010 {'00' * 7} 00 {golomb(0)} {golomb(1)} {HEVC_SIZE}"
    ),
    "zeros": f"0000 000 1 {'0' * 88} 01011010 {golomb(0)} {golomb(1)} {HEVC_SIZE}",
}  # fmt: skip


def parameter_set(name: str, kind: int = 33) -> bytes:
    return nal_unit(PARAMETER_SETS[name], kind)


def nal_unit(bits: str, kind: int = 33) -> bytes:
    """A piece of HEVC data, with a 3 after each two zeros that something small follows."""
    escaped, zeros = bytearray(), 0
    for byte in packed(bits):
        if zeros == 2 and byte <= 3:
            escaped.append(3)
            zeros = 0
        escaped.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes([kind << 1, 1]) + bytes(escaped)


def configuration(*lists: list[bytes]) -> bytes:
    """An `hvcC` of lists of pieces of data."""
    data = bytes(22) + bytes([len(lists)])
    for pieces in lists:
        data += struct.pack(">BH", 0xA1, len(pieces))
        data += b"".join(struct.pack(">H", len(piece)) + piece for piece in pieces)
    return data


@pytest.mark.parametrize("name", PARAMETER_SETS)
def test_hevc_states_its_size_after_its_optional_fields(name: str) -> None:
    assert list(hevc_sizes(configuration([parameter_set(name)]))) == [SIZE]


def test_every_parameter_set_of_a_configuration_counts() -> None:
    one, other = parameter_set("one layer"), parameter_set("4:4:4")
    video, picture = parameter_set("gray", kind=32), parameter_set("gray", kind=34)

    assert list(hevc_sizes(configuration([video], [one, picture], [other]))) == [SIZE, SIZE]
    assert list(hevc_sizes(configuration())) == []
    assert list(hevc_sizes(bytes(22))) == []
    assert list(hevc_sizes(b"")) == []
    assert list(hevc_sizes(bytes(22) + b"\xff" + struct.pack(">BH", 0xA1, 65_535))) == []


@pytest.mark.parametrize("prefix", [1, 2, 4])
def test_a_parameter_set_among_the_data_counts(prefix: int) -> None:
    pieces = [parameter_set("gray", kind=1), parameter_set("one layer"), b"\x4e\x01data"]
    data = b"".join(len(piece).to_bytes(prefix, "big") + piece for piece in pieces)
    file = io.BytesIO(b"before" + data + b"after")

    assert list(hevc_sizes_within(file, 6, 6 + len(data), prefix)) == [SIZE]
    assert list(hevc_sizes_within(file, 6, 6 + len(data) - 5, prefix)) == [SIZE]
    short = 6 + prefix + len(pieces[0]) + prefix + 5
    assert list(hevc_sizes_within(file, 6, short, prefix)) == []
