"""Writes the ICC profile of a named color space, for the color engine to convert from.

The matrix from RGB to XYZ follows from the primaries (SMPTE RP 177), and its adaptation to the
white of profiles is that of Bradford (ICC.1:2022, annex E).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from pictures.icc_file import D50, description, profile_bytes, xyz

if TYPE_CHECKING:
    from pictures.colorimetry.stated import Chromaticity, ColorSpace, Primaries, Transfer

Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]

_BRADFORD: Matrix = (
    (0.8951, 0.2664, -0.1614),
    (-0.7502, 1.7135, 0.0367),
    (0.0389, -0.0685, 1.0296),
)
_LEVELS = 256  # the pixels have as many, so that no light is interpolated


def profile_of(space: ColorSpace, *, is_gray: bool) -> bytes:
    """Return an ICC profile of an RGB space, or of gray with its transfer function."""
    tags = {b"desc": description("Named space"), b"wtpt": xyz(*D50)}
    curve = curve_of(space.transfer)
    if is_gray:
        tags[b"kTRC"] = curve
        return profile_bytes(tags, kind=b"mntr", space=b"GRAY", connection=b"XYZ ")
    red, green, blue = zip(*adapted_to_d50(space.primaries), strict=True)
    tags |= {b"rXYZ": xyz(*red), b"gXYZ": xyz(*green), b"bXYZ": xyz(*blue)}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    return profile_bytes(tags, kind=b"mntr", space=b"RGB ", connection=b"XYZ ")


def adapted_to_d50(primaries: Primaries) -> Matrix:
    """Return the matrix from linear RGB to the XYZ of profiles."""
    white = _xyz_of(primaries.white)
    cones, target = product(_BRADFORD, white), product(_BRADFORD, D50)
    scaled = diagonal(*(new / old for new, old in zip(target, cones, strict=True)))
    adaptation = times(times(inverse(_BRADFORD), scaled), _BRADFORD)
    return times(adaptation, to_xyz(primaries))


def to_xyz(primaries: Primaries) -> Matrix:
    """Return the matrix from linear RGB to XYZ, relative to its own white."""
    red, green, blue = (_xyz_of(each) for each in primaries[:3])
    columns: Matrix = tuple(zip(red, green, blue, strict=True))  # type: ignore[assignment]
    amounts = product(inverse(columns), _xyz_of(primaries.white))
    return times(columns, diagonal(*amounts))


def _xyz_of(color: Chromaticity) -> Vector:
    """Return X, Y and Z; of a color without luminance (blue of XYZ itself) in another scale."""
    x, y = color
    scale = y or 1.0
    return x / scale, y / scale, (1 - x - y) / scale


def diagonal(first: float, second: float, third: float) -> Matrix:
    """Return a matrix that scales each component."""
    return (first, 0.0, 0.0), (0.0, second, 0.0), (0.0, 0.0, third)


def product(matrix: Matrix, vector: Vector) -> Vector:
    """Return a matrix times a vector."""
    (a, b, c), (d, e, f), (g, h, i) = matrix
    x, y, z = vector
    return a * x + b * y + c * z, d * x + e * y + f * z, g * x + h * y + i * z


def times(left: Matrix, right: Matrix) -> Matrix:
    """Return the product of two matrices."""
    columns = [product(left, column) for column in zip(*right, strict=True)]
    return tuple(zip(*columns, strict=True))  # type: ignore[return-value]


def inverse(matrix: Matrix) -> Matrix:
    """Return the inverse of a matrix, which must have one.

    Raises:
        ZeroDivisionError: it has none.
    """
    (a, b, c), (d, e, f), (g, h, i) = matrix
    cofactors = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    determinant = a * cofactors[0][0] + b * cofactors[1][0] + c * cofactors[2][0]
    rows = [tuple(value / determinant for value in row) for row in cofactors]
    return tuple(rows)  # type: ignore[return-value]


def curve_of(transfer: Transfer) -> bytes:
    """Return a curve tag with the light of each level."""
    light = [transfer.light(level / (_LEVELS - 1)) for level in range(_LEVELS)]
    values = (round(min(max(value, 0.0), 1.0) * 65535) for value in light)
    return b"curv" + bytes(4) + struct.pack(f">I{_LEVELS}H", _LEVELS, *values)
