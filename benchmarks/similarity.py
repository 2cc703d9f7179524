"""Similarity of renditions to a reference: a full decode and one Lanczos resampling."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageCms, ImageOps

from benchmarks.deployed import renditions, specs
from thumbnail.renditions import pixels_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from benchmarks.engines.worker import Rendition

    Plane = NDArray[np.float64]

# Wang, Bovik, Sheikh and Simoncelli (2004): a Gaussian of 11 × 11 with sigma 1.5, K1 and K2.
_WINDOW = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
_WINDOW /= _WINDOW.sum()
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def compare(data: bytes, made: Path, engines: Sequence[str]) -> dict[str, Any]:
    """Compare the renditions of a picture with the references, and their sizes with each other.

    Args:
        data: the picture's file.
        made: a folder with a folder of renditions for each engine.
        engines: their names.

    Returns:
        `psnr_min`, the lowest PSNR of our renditions before encoding, in dB; `renditions` with the
        figures of each. If sharp is among the engines also `ssim_delta`, our SSIM after encoding
        minus sharp's, weighted by pixels, and `bytes_ratio`, all our bytes over all of sharp's.
    """
    best = references(data)
    raw = {spec.name: image for spec, image in zip(specs(), pixels_of(data, specs()), strict=True)}
    each = []
    for name, reference in best.items():
        one: dict[str, Any] = {"name": name, "pixels": reference.width * reference.height}
        if raw[name].size == reference.size:
            one["psnr"] = round(psnr(raw[name], reference), 1)
        for engine in engines:
            file = (made / engine / name).read_bytes()
            picture = Image.open(io.BytesIO(file))
            one[f"bytes_{engine}"] = len(file)
            if picture.size == reference.size:
                one[f"ssim_{engine}"] = round(ssim(picture, reference), 4)
        each.append(one)
    figures: dict[str, Any] = {"psnr_min": min(one["psnr"] for one in each if "psnr" in one)}
    if "sharp" in engines:
        figures |= _compared_with_sharp(each)
    return figures | {"renditions": each}


def _compared_with_sharp(each: list[dict[str, Any]]) -> dict[str, float]:
    both = [one for one in each if "ssim_ours" in one and "ssim_sharp" in one]
    above = sum(one["pixels"] * (one["ssim_ours"] - one["ssim_sharp"]) for one in both)
    sizes = [sum(one[f"bytes_{engine}"] for one in each) for engine in ("ours", "sharp")]
    return {
        "ssim_delta": round(above / (sum(one["pixels"] for one in both) or 1), 4),
        "bytes_ratio": round(sizes[0] / sizes[1], 3),
    }


def references(data: bytes) -> dict[str, Image.Image]:
    """Make the reference of each rendition: the full picture upright and in sRGB, then Lanczos."""
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    profile = picture.info.get("icc_profile")
    picture = picture.convert("RGB")
    if profile:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        picture = (
            ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB")) or picture
        )
    return {asked.name: _reference(picture, asked) for asked in renditions()}


def _reference(picture: Image.Image, asked: Rendition) -> Image.Image:
    width, height = asked.width, asked.height
    if asked.fit == "inside":
        scale = min(1.0, width / picture.width, height / picture.height)
        size = (int(picture.width * scale + 0.5), int(picture.height * scale + 0.5))
        return picture.resize(size, Image.Resampling.LANCZOS)
    part = (
        min(picture.width, picture.height * width / height),
        min(picture.height, picture.width * height / width),
    )
    left, top = (picture.width - part[0]) / 2, (picture.height - part[1]) / 2
    size = (width, height) if part[0] >= width else (round(part[0]), round(part[1]))
    box = (left, top, left + part[0], top + part[1])
    return picture.resize(size, Image.Resampling.LANCZOS, box)


def psnr(one: Image.Image, other: Image.Image) -> float:
    """Return the peak signal-to-noise ratio over all channels in dB; 99 for equal pictures."""
    difference = np.asarray(one.convert("RGB"), float) - np.asarray(other.convert("RGB"), float)
    error = float((difference**2).mean())
    return 10 * math.log10(255**2 / error) if error else 99.0


def ssim(one: Image.Image, other: Image.Image) -> float:
    """Return the structural similarity of the luma of two pictures of one size; 1 if equal."""
    x, y = (np.asarray(picture.convert("L"), float) for picture in (one, other))
    mean_x, mean_y = _blurred(x), _blurred(y)
    variance_x, variance_y = _blurred(x * x) - mean_x**2, _blurred(y * y) - mean_y**2
    covariance = _blurred(x * y) - mean_x * mean_y
    similar = (2 * mean_x * mean_y + _C1) * (2 * covariance + _C2)
    return float(
        (similar / ((mean_x**2 + mean_y**2 + _C1) * (variance_x + variance_y + _C2))).mean()
    )


def _blurred(plane: Plane) -> Plane:
    width, height = plane.shape[1] - 10, plane.shape[0] - 10
    across = sum(weight * plane[:, at : at + width] for at, weight in enumerate(_WINDOW))
    return np.asarray(sum(weight * across[at : at + height] for at, weight in enumerate(_WINDOW)))
