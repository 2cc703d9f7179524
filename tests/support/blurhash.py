"""Paints a BlurHash, as a gallery does (github.com/woltapp/blurhash/blob/master/Algorithm.md)."""

from __future__ import annotations

import math

from PIL import Image

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"


def painted(blurhash: str, size: tuple[int, int]) -> Image.Image:
    """The picture that a BlurHash stands for, in RGB."""
    columns, rows = _components(blurhash)
    scale = (_number(blurhash[1]) + 1) / 166
    average = _number(blurhash[2:6])
    colors = [[_linear(average >> shift & 255) for shift in (16, 8, 0)]]
    for start in range(6, len(blurhash), 2):
        wave = _number(blurhash[start : start + 2])
        steps = [(wave // 19**place % 19 - 9) / 9 for place in (2, 1, 0)]
        colors.append([math.copysign(step * step, step) * scale for step in steps])
    assert len(colors) == columns * rows
    pixels = bytearray()
    for y in range(size[1]):
        for x in range(size[0]):
            waves = [
                math.cos(math.pi * x * across / size[0]) * math.cos(math.pi * y * down / size[1])
                for down in range(rows)
                for across in range(columns)
            ]
            pixels += bytes(
                _srgb(sum(wave * color[band] for wave, color in zip(waves, colors, strict=True)))
                for band in range(3)
            )
    return Image.frombytes("RGB", size, bytes(pixels))


def _components(blurhash: str) -> tuple[int, int]:
    rows, columns = divmod(_number(blurhash[0]), 9)
    return columns + 1, rows + 1


def _number(digits: str) -> int:
    number = 0
    for digit in digits:
        number = number * 83 + _DIGITS.index(digit)
    return number


def _linear(level: int) -> float:
    share = level / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def _srgb(light: float) -> int:
    light = min(max(light, 0.0), 1.0)
    share = light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return int(share * 255 + 0.5)
