"""Transfer functions: the light of a level, both from 0 to 1 (ITU-T H.273, table 3)."""

from __future__ import annotations

from functools import partial

from pictures.colorimetry.stated import Transfer

PQ, HLG = "PQ", "HLG"


def power(gamma: float) -> Transfer:
    """Return a pure power function."""
    return Transfer(partial(_power, gamma=gamma))


def _power(level: float, gamma: float) -> float:
    return float(level**gamma)


def _srgb(level: float) -> float:
    return _power((level + 0.055) / 1.055, 2.4) if level > 0.04045 else level / 12.92


def _smpte_240m(level: float) -> float:
    return _power((level + 0.1115) / 1.1115, 1 / 0.45) if level > 0.0912 else level / 4


def _dci(level: float) -> float:
    """Return the light of SMPTE ST 428-1: full white is at 48 of 52.37 cd/m²."""
    return min(_power(level, 2.6) * 52.37 / 48, 1.0)


def _logarithmic(level: float, decades: float) -> float:
    return float(10 ** (decades * (level - 1))) if level > 0 else 0.0


def _pq(level: float) -> float:
    """Return the light of SMPTE ST 2084; 1 is 10,000 cd/m²."""
    root = _power(level, 1 / 78.84375)
    return _power(max(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root), 1 / 0.1593017578125)


def _hlg(level: float) -> float:
    """Return the scene light of ARIB STD-B67: the inverse of its OETF."""
    if level <= 0.5:
        return level * level / 3
    return (_power(2.718281828459045, (level - 0.55991073) / 0.17883277) + 0.28466892) / 12


def encoded(light: float) -> float:
    """Return the level of sRGB of some light, both from 0 to 1."""
    return light * 12.92 if light <= 0.0031308 else float(1.055 * light ** (1 / 2.4) - 0.055)


SRGB = Transfer(_srgb)
LINEAR = power(1.0)
BT_1886 = power(2.4)
SMPTE_240M = Transfer(_smpte_240m)
SMPTE_428 = Transfer(_dci)
LOG_100 = Transfer(partial(_logarithmic, decades=2.0))
LOG_316 = Transfer(partial(_logarithmic, decades=2.5))
ST_2084 = Transfer(_pq, hdr=PQ)
STD_B67 = Transfer(_hlg, hdr=HLG)
