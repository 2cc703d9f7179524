"""Settings are read from the environment by type, and a wrong variable is named."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from image_pipeline.config import load
from image_pipeline.errors import ConfigError


@dataclass(frozen=True)
class Settings:
    """One field of every type."""

    table_name: str
    max_pixels: int
    reject_confidence: float
    store_gps: bool
    ignored_labels: tuple[str, ...]
    id_salt: bytes


ENVIRONMENT = {
    "TABLE_NAME": "images",
    "MAX_PIXELS": "7",
    "REJECT_CONFIDENCE": "95.5",
    "STORE_GPS": "true",
    "IGNORED_LABELS": "Alcohol, Weapons and Gore ,",
    "ID_SALT": "",
}


def test_every_type_is_parsed() -> None:
    labels = ("Alcohol", "Weapons and Gore")  # without blanks and empty names
    assert load(Settings, ENVIRONMENT) == Settings("images", 7, 95.5, True, labels, b"")


@pytest.mark.parametrize(("text", "expected"), [("a", b"a"), ("ü", "ü".encode())])
def test_a_salt_is_read_as_utf8(text: str, expected: bytes) -> None:
    assert load(Settings, {**ENVIRONMENT, "ID_SALT": text}).id_salt == expected


@pytest.mark.parametrize("text", ["", " ", ","])
def test_a_list_may_be_empty(text: str) -> None:
    assert load(Settings, {**ENVIRONMENT, "IGNORED_LABELS": text}).ignored_labels == ()


def test_false_is_not_true() -> None:
    assert load(Settings, {**ENVIRONMENT, "STORE_GPS": "false"}).store_gps is False


@pytest.mark.parametrize("variable", ENVIRONMENT)
def test_a_missing_variable_is_named(variable: str) -> None:
    others = {name: text for name, text in ENVIRONMENT.items() if name != variable}
    with pytest.raises(ConfigError, match=f"environment variable {variable} is not set"):
        load(Settings, others)


@pytest.mark.parametrize(
    ("variable", "text", "kind"),
    [
        ("TABLE_NAME", "", "str"),
        ("MAX_PIXELS", "many", "int"),
        ("MAX_PIXELS", "", "int"),
        ("MAX_PIXELS", "1.5", "int"),
        ("REJECT_CONFIDENCE", "high", "float"),
        ("STORE_GPS", "yes", "bool"),
        ("STORE_GPS", "True", "bool"),
        ("STORE_GPS", "", "bool"),
    ],
)
def test_a_malformed_variable_is_named_with_its_value(variable: str, text: str, kind: str) -> None:
    message = f"environment variable {variable}: {text!r} is not a valid {kind}"
    with pytest.raises(ConfigError, match=message):
        load(Settings, {**ENVIRONMENT, variable: text})
