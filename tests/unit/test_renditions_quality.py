"""Quality of the rendition engine's shortcuts, compared with Lanczos over a full decode."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops, ImageFilter

from pictures.detail import smoothness
from tests.support.pictures import confetti, file_of, photo, picture_of, psnr
from thumbnail.renditions import parse_specs, pixels_of, render, threads_for

if TYPE_CHECKING:
    from collections.abc import Iterator

SPECS = parse_specs(
    "thumbnail=150x150:cover:webp:80,medium=800x600:cover:webp:80,"
    "large=1920x1080:cover:webp:80,preview=320x320:inside:jpeg:85"
)


def covering(picture: Image.Image, box: tuple[int, int]) -> Image.Image:
    width = min(picture.width, picture.height * box[0] / box[1])
    height = min(picture.height, picture.width * box[1] / box[0])
    left, top = (picture.width - width) / 2, (picture.height - height) / 2
    return picture.resize(box, Image.Resampling.LANCZOS, (left, top, left + width, top + height))


@pytest.mark.parametrize("size", [(2560, 1920), (3000, 4000), (5760, 3240)])
def test_a_jpeg_rendition_matches_a_full_decode(size: tuple[int, int]) -> None:
    data = file_of(photo(size), quality=90)
    full = picture_of(data)
    thumbnail, medium, large, preview = pixels_of(data, SPECS)

    assert psnr(thumbnail, covering(full, (150, 150))) >= 46
    assert psnr(medium, covering(full, (800, 600))) >= 46
    assert psnr(large, covering(full, (1920, 1080))) >= 46
    assert psnr(preview, full.resize(preview.size, Image.Resampling.LANCZOS)) >= 46


@pytest.mark.parametrize("blur", [0.0, 0.5, 3.0])
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:0"])
@pytest.mark.parametrize("size", [(1060, 708), (1250, 832), (1344, 896)])
def test_a_jpeg_is_decoded_at_half_size_only_if_invisible(
    blur: float, subsampling: str, size: tuple[int, int]
) -> None:
    source = photo(size).filter(ImageFilter.GaussianBlur(blur))
    data = file_of(source, quality=92, subsampling=subsampling)

    (made,) = pixels_of(data, parse_specs("it=480x270:cover:webp:80"))

    assert psnr(made, covering(picture_of(data), (480, 270))) >= 46.5


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("grain", [0, 20])
def test_a_progressive_jpeg_is_decoded_at_half_size_only_if_invisible(
    mode: str, grain: int
) -> None:
    size = (1450, 966)
    noise = Image.effect_noise(size, grain).filter(ImageFilter.GaussianBlur(0.5))
    source = ImageChops.add(photo(size).convert("L"), noise, offset=-128).convert(mode)
    data = file_of(source, quality=92, progressive=True)

    (made,) = pixels_of(data, parse_specs("it=480x270:cover:webp:80"))

    assert psnr(made, covering(picture_of(data), (480, 270)).convert(made.mode)) >= 46.5


def test_edges_between_saturated_colors_stay_where_they_are() -> None:
    data = file_of(confetti((2572, 1608)), quality=92)

    specs = parse_specs("medium=640x400:cover:webp,small=200x125:cover:webp,tiny=64x64:cover:webp")
    medium, small, tiny = pixels_of(data, specs)

    assert psnr(medium, covering(picture_of(data), (640, 400))) >= 47
    assert psnr(small, covering(picture_of(data), (200, 125))) >= 46
    assert psnr(tiny, covering(picture_of(data), (64, 64))) >= 46


def test_blur_is_smoother_than_sharp_detail() -> None:
    sharp = photo((400, 300)).convert("L")
    soft, flat = sharp.filter(ImageFilter.GaussianBlur(2)), Image.new("L", (400, 300), 99)
    whole = (0.0, 0.0, 400.0, 300.0)

    assert smoothness(sharp, whole) < smoothness(soft, whole) - 3
    assert smoothness(flat, whole) == 99
    assert smoothness(sharp, (0.5, 0.5, 3.5, 300.0)) == 99  # too narrow to tell


def test_other_layouts_keep_the_same_quality() -> None:
    for mode in ("L", "RGB", "RGBA"):
        source = photo((1600, 1200)).convert(mode)

        (small,) = pixels_of(
            file_of(source, "PNG", compress_level=1), parse_specs("it=300x200:cover:png")
        )

        assert psnr(small, covering(source.convert(small.mode), (300, 200))) >= 46


@pytest.mark.parametrize("size", [(500, 300), (201, 300), (64, 300)])
@pytest.mark.parametrize("width", [997, 998, 999, 1000])
def test_planes_of_any_width_are_resampled_like_pillow(width: int, size: tuple[int, int]) -> None:
    gray = photo((width, 700)).convert("L")

    (made,) = pixels_of(file_of(gray, "PNG"), parse_specs(f"it={size[0]}x{size[1]}:cover:png"))

    assert max(ImageChops.difference(made, covering(gray, size)).tobytes()) <= 2


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the setting is one of glibc")
def test_the_heap_keeps_the_memory_of_a_picture_for_the_next() -> None:
    script = """
import ctypes, sys
from pictures.start import keep_freed_memory
keep_freed_memory()
from thumbnail.renditions import parse_specs, render
render(sys.stdin.buffer.read(), parse_specs("it=1920x1080:cover:webp"))
# struct mallinfo2: the ninth member, fordblks, is what the heap holds for the next allocation.
Mallinfo2 = ctypes.c_size_t * 10
class Heap(ctypes.Structure):
    _fields_ = [("members", Mallinfo2)]
libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Heap
print(libc.mallinfo2().members[8])
"""
    picture = photo((3000, 2000))
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        input=file_of(picture, quality=90),
        capture_output=True,
        check=True,
    )

    assert int(done.stdout) > picture.width * picture.height  # a byte of each pixel


def test_two_threads_give_the_same_renditions_in_the_same_order() -> None:
    data = file_of(photo((1200, 900)))

    assert render(data, SPECS, threads=2) == render(data, SPECS)


@pytest.mark.parametrize(
    ("memory_mb", "cpus", "threads"), [(512, 2, 1), (1769, 2, 1), (1770, 2, 2), (3008, 1, 1)]
)
def test_functions_with_more_than_one_vcpu_use_two_threads(
    memory_mb: int, cpus: int, threads: int
) -> None:
    assert threads_for(memory_mb, cpus) == threads


def test_each_stage_can_be_timed() -> None:
    stages: list[str] = []

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        stages.append(name)
        yield

    render(file_of(photo((64, 48))), SPECS, stage=stage)

    assert stages == ["Decode", "Resize", "Encode"]


def test_renditions_are_deterministic() -> None:
    data = file_of(photo((640, 480)))

    assert render(data, SPECS) == render(data, SPECS)
