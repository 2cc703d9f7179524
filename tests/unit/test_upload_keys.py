"""The keys that the service makes, and what they keep of a file name."""

from __future__ import annotations

import re
from datetime import date

import pytest

from api.upload_keys import new_key, safe_filename


def test_a_key_has_a_day_random_bits_and_the_name() -> None:
    keys = {new_key("photo.jpg", date(2026, 5, 2)) for _ in range(100)}
    assert len(keys) == 100
    for key in keys:
        assert re.fullmatch(r"uploads/2026-05-02/[0-9a-f]{32}/photo\.jpg", key)


@pytest.mark.parametrize(
    ("filename", "safe"),
    [
        ("photo.jpg", "photo.jpg"),
        ("IMG_0001 (2).JPG", "IMG_0001-2.JPG"),
        ("C:\\fakepath\\photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd"),
        ("写真 1.jpg", "写真-1.jpg"),
        ("Gro\u0308ße.jpg", "Größe.jpg"),
        ("हिन्दी.png", "हिन्दी.png"),
        ("a\u202egpj.exe", "a-gpj.exe"),
        ("a\x00b\nc.png", "a-b-c.png"),
        ("${filename}", "filename"),
        ("a%2fb+c&d=e?.jpg", "a-2fb-c-d-e.jpg"),
        ("<script>.svg", "script.svg"),
        ("a..b...jpg", "a.b.jpg"),
        ("-rf.jpg", "rf.jpg"),
        (".jpg", "upload.jpg"),
        ("\ud800\U0001f600.jpg", "upload.jpg"),
        *((name, "upload") for name in ("", ".", "..", "/", "a/", " ", "--.--", "\u202e")),
    ],
)
def test_of_a_name_what_is_safe_stays(filename: str, safe: str) -> None:
    assert safe_filename(filename) == safe


@pytest.mark.parametrize("character", ["a", "é", "写", "\U00020000"])
@pytest.mark.parametrize("suffix", [".jpg", ".jpeg", "." + "x" * 300, ""])
def test_a_long_name_is_cut_before_its_suffix(character: str, suffix: str) -> None:
    name = safe_filename(character * 500 + suffix)
    assert 190 < len(name.encode()) <= 200
    assert name.startswith(character * 40)
    assert name.endswith(suffix if len(suffix) < 10 else character)
