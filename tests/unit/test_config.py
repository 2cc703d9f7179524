from __future__ import annotations

import pytest

from image_pipeline.config import load
from image_pipeline.errors import ConfigError
from metadata.config import MetadataConfig
from moderate.config import ModerateConfig
from validate.config import ValidateConfig

VALIDATE = {
    "TABLE_NAME": "images",
    "MAX_UPLOAD_BYTES": "5",
    "MAX_PIXELS": "7",
    "ID_SALT": "",
}


def test_reads_numbers_as_numbers() -> None:
    assert load(ValidateConfig, VALIDATE) == ValidateConfig("images", 5, 7, b"")


def test_reads_lists_without_blanks_and_empty_names() -> None:
    config = load(
        ModerateConfig,
        {
            "MODERATION_REVIEW_CONFIDENCE": "60",
            "MODERATION_REJECT_CONFIDENCE": "95.5",
            "MODERATION_IGNORED_LABELS": "Alcohol, Weapons and Gore ,",
            "MAX_PIXELS": "1",
        },
    )
    assert config.moderation_ignored_labels == ("Alcohol", "Weapons and Gore")
    assert config.moderation_reject_confidence == 95.5


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(ConfigError, match="MAX_PIXELS is not set"):
        load(ValidateConfig, {"TABLE_NAME": "images", "MAX_UPLOAD_BYTES": "5"})


@pytest.mark.parametrize(
    ("variable", "value"), [("MAX_PIXELS", "many"), ("MAX_UPLOAD_BYTES", ""), ("TABLE_NAME", "")]
)
def test_a_malformed_variable_is_named_with_its_value(variable: str, value: str) -> None:
    with pytest.raises(ConfigError, match=rf"{variable}: '{value}'"):
        load(ValidateConfig, {**VALIDATE, variable: value})


def test_a_boolean_is_true_or_false_and_nothing_else() -> None:
    assert load(MetadataConfig, {"TABLE_NAME": "t", "STORE_GPS": "true"}).store_gps
    assert not load(MetadataConfig, {"TABLE_NAME": "t", "STORE_GPS": "false"}).store_gps
    with pytest.raises(ConfigError, match="STORE_GPS"):
        load(MetadataConfig, {"TABLE_NAME": "t", "STORE_GPS": "yes"})
