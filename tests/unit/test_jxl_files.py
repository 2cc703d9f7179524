"""JPEG XL in all its variants is shown as other decoders show it."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image, ImageOps

from image_pipeline.errors import Reason, ValidationError
from metadata.extract import extract
from pictures import limits
from pictures.decode import decode, open_picture
from tests.support.exif_blocks import camera_exif
from tests.support.jxl_files import (
    BT_709,
    BT_2100,
    GAMMA,
    HLG,
    LINEAR,
    P3,
    PQ,
    Jxl,
    box,
    compressed_box,
    container,
    of_jpeg,
    with_metadata,
)
from tests.support.pictures import (
    animation,
    color_at,
    file_of,
    is_near,
    photo,
    psnr,
    quarters,
    stored_as,
)
from tests.support.profiles import display_p3
from thumbnail.renditions import parse_specs, render
from validate.examine import examine

SPECS = parse_specs("all=200x200:inside:png:80")
XMP = b'<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="Tool"/>'


def shown(data: bytes) -> Image.Image:
    warnings: list[str] = []
    (rendition,) = render(data, SPECS, format_name="JXL", warn=warnings.append)
    assert warnings == []
    return Image.open(io.BytesIO(rendition.data))


def refusal(data: bytes) -> Reason:
    with pytest.raises(ValidationError) as refused:
        examine(io.BytesIO(data), "uploads/a", "", limits.PIXELS)
    return refused.value.reason


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("lossless", [True, False])
def test_gray_color_and_alpha_are_shown(mode: str, *, lossless: bool) -> None:
    picture = photo((120, 80)).convert(mode)

    decoded = shown(Jxl(lossless=lossless).file(picture))

    assert psnr(decoded.convert(mode), picture) > (60 if lossless else 25)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_of_the_codestream_is_applied_and_not_that_of_exif(
    orientation: int,
) -> None:
    stored = stored_as(quarters(), orientation)
    data = with_metadata(Jxl(orientation=orientation).file(stored), exif=camera_exif())

    facts = examine(io.BytesIO(data), "uploads/a.jxl", "image/jxl", limits.PIXELS)

    assert (facts.width, facts.height) == quarters().size
    assert psnr(shown(data), quarters()) > 60


def test_premultiplied_alpha_is_divided_out() -> None:
    picture = Image.new("RGBA", (40, 30), (100, 50, 25, 128))

    decoded = shown(Jxl(premultiplied=True).file(picture))

    assert is_near(color_at(decoded, 0.5, 0.5), (199, 100, 50, 128), 2)


def test_16_bits_are_shown_in_8() -> None:
    samples = struct.pack("=3H", 0xFFFF, 0x8080, 0x0101) * 40 * 30

    decoded = shown(Jxl(bits=16).file(Image.new("RGB", (40, 30)), samples))

    assert color_at(decoded, 0.5, 0.5) == (255, 128, 1)


@pytest.mark.parametrize("lossless", [True, False])
def test_linear_light_gets_the_curve_of_srgb(*, lossless: bool) -> None:
    """A fifth of the light, in 16 bits; dark levels are kept apart."""
    samples = struct.pack("=3H", 13107, 131, 66) * 40 * 30
    made = Jxl(bits=16, transfer=LINEAR, lossless=lossless)

    decoded = shown(made.file(Image.new("RGB", (40, 30)), samples))

    assert is_near(color_at(decoded, 0.5, 0.5), (124, 6, 3), 2 if lossless else 8)


def test_an_enumerated_color_space_is_converted_and_named() -> None:
    data = Jxl(primaries=P3).file(Image.new("RGB", (40, 30), (200, 100, 50)))

    assert is_near(color_at(shown(data), 0.5, 0.5), (215, 95, 35), 4)
    assert extract(data, store_gps=True).color_space == "Display P3 (JPEG XL)"


@pytest.mark.parametrize(
    ("made", "expected", "name"),
    [
        (Jxl(transfer=GAMMA, gamma=1 / 1.8), (146, 88, 40), "custom RGB"),
        (Jxl(transfer=BT_709), (128, 70, 30), "sRGB"),
    ],
    ids=["gamma", "BT.709, as in browsers"],
)
def test_another_curve_is_applied(made: Jxl, expected: tuple[int, int, int], name: str) -> None:
    data = made.file(Image.new("RGB", (40, 30), (128, 70, 30)))

    assert is_near(color_at(shown(data), 0.5, 0.5), expected, 2)
    assert extract(data, store_gps=True).color_space == f"{name} (JPEG XL)"


def test_hdr_is_tone_mapped() -> None:
    """The signal of diffuse white, which looks gray if it is not mapped."""
    white = Image.new("RGB", (40, 30), (148, 148, 148))

    decoded = shown(Jxl(primaries=BT_2100, transfer=PQ).file(white))

    assert min(color_at(decoded, 0.5, 0.5)) > 170


@pytest.mark.parametrize(("transfer", "hdr"), [(PQ, "PQ"), (HLG, "HLG")])
def test_hdr_is_named(transfer: int, hdr: str) -> None:
    data = Jxl(primaries=BT_2100, transfer=transfer).file(quarters())

    assert extract(data, store_gps=True).hdr == hdr


def test_a_profile_is_applied() -> None:
    data = Jxl(icc=display_p3()).file(Image.new("RGB", (40, 30), (200, 100, 50)))

    assert is_near(color_at(shown(data), 0.5, 0.5), (215, 95, 35), 4)


def test_the_black_of_cmyk_is_shown() -> None:
    """Ink is dark at 0: cyan without black, then the same under full black."""
    cyan = Image.new("RGB", (40, 30), (0, 255, 255))
    black = Image.new("L", (40, 30), 255)
    black.paste(0, (20, 0, 40, 30))

    data = Jxl(black=black).file(cyan)

    assert open_picture(data).mode == "CMYK"
    assert color_at(shown(data), 0.2, 0.5)[0] < 60 < 120 < color_at(shown(data), 0.2, 0.5)[2]
    assert max(color_at(shown(data), 0.8, 0.5)) < 60


def test_cmyk_keeps_its_alpha() -> None:
    picture = Image.new("RGBA", (40, 30), (0, 255, 255, 77))

    decoded = shown(Jxl(black=Image.new("L", (40, 30), 255)).file(picture))

    assert decoded.mode == "RGBA"
    assert color_at(decoded, 0.5, 0.5)[3] == 77


def test_other_channels_are_ignored() -> None:
    assert psnr(shown(Jxl(extra=2).file(quarters())), quarters()) > 60


def test_a_lossless_jpeg_looks_like_the_jpeg() -> None:
    jpeg = file_of(photo((120, 80)), "JPEG", quality=90, exif=b"Exif\0\0" + camera_exif())
    data = of_jpeg(jpeg)

    assert psnr(shown(data), Image.open(io.BytesIO(jpeg))) > 40
    assert extract(data, store_gps=True).camera == extract(jpeg, store_gps=True).camera


def test_every_frame_of_an_animation_can_be_reached() -> None:
    colors = [(200, 30 * number, 0) for number in range(6)]
    data = animation([Image.new("RGB", (40, 30), color) for color in colors], "JXL")
    picture = open_picture(data)

    found = []
    for number in (0, 3, 4, 1, 5, 5):
        picture.seek(number)
        decode(picture)
        found.append(color_at(picture, 0.5, 0.5))

    assert found == [colors[number] for number in (0, 3, 4, 1, 5, 5)]
    assert examine(io.BytesIO(data), "uploads/a", "", limits.PIXELS).frames == 6
    assert extract(data, store_gps=True).animated


def test_an_animation_is_shown_by_its_first_frame_that_is_not_blank() -> None:
    frames = [Image.new("RGB", (96, 64)), quarters(), ImageOps.mirror(quarters())]

    assert psnr(shown(animation(frames, "JXL")), quarters()) > 60


def test_metadata_is_read_from_its_boxes() -> None:
    data = with_metadata(Jxl().file(quarters()), exif=camera_exif(), xmp=XMP)

    camera = extract(data, store_gps=True).camera

    assert camera
    assert camera.model


def test_compressed_metadata_is_read() -> None:
    data = container(
        compressed_box(b"Exif", struct.pack(">I", 0) + camera_exif()),
        compressed_box(b"xml ", XMP),
        box(b"jxlc", Jxl().file(quarters())),
    )
    plain = with_metadata(Jxl().file(quarters()), exif=camera_exif(), xmp=XMP)

    assert extract(data, store_gps=True) == extract(plain, store_gps=True)


def test_damaged_compressed_metadata_does_not_refuse_the_picture() -> None:
    data = container(box(b"brob", b"Exif" + b"\xff" * 40), box(b"jxlc", Jxl().file(quarters())))

    assert extract(data, store_gps=True).camera is None
    assert psnr(shown(data), quarters()) > 60


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.9, 0.99])
def test_a_truncated_file_is_corrupt(part: float) -> None:
    whole = Jxl(lossless=False).file(photo((300, 200)))
    data = whole[: int(part * len(whole))]

    with pytest.raises(ValidationError) as refused:
        render(data, SPECS, format_name="JXL")

    assert refused.value.reason is Reason.CORRUPT


def test_a_truncated_animation_is_shown_by_its_first_frame_or_corrupt() -> None:
    whole = animation([photo((60, 40), seed) for seed in range(4)], "JXL")

    assert refusal(whole[: len(whole) // 2]) is Reason.CORRUPT


@pytest.mark.parametrize("codestream", [b"\xff\x0a", b"\xff\x0a\x7f", b"\xff\x0a" + b"\xfe" * 9])
def test_a_header_that_makes_no_sense_is_refused(codestream: bytes) -> None:
    assert refusal(codestream) in {Reason.CORRUPT, Reason.TOO_MANY_PIXELS}
    assert refusal(container(box(b"jxlc", codestream))) in {Reason.CORRUPT, Reason.TOO_MANY_PIXELS}


def test_a_container_without_a_codestream_is_corrupt() -> None:
    assert refusal(container(box(b"jxlp", b"\0\0\0\0"))) is Reason.CORRUPT
