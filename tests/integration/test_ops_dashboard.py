"""`python -m ops dashboard` against the offline AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from local.aws.environment import isolated
from tests.integration.story import process
from tests.support.pictures import gradient_file

with isolated():
    from ops.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from local.aws.offline import OfflineAws

GREEN = (0x2C, 0xA0, 0x2C)  # of approved images


def test_the_dashboard_is_drawn_from_what_was_recorded(
    aws: OfflineAws, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    process(aws, "uploads/drawn.jpg", gradient_file(size=(100, 90)))
    file = tmp_path / "dashboard.png"
    assert main(["dashboard", "--since", "30m", "--period", "60", "--output", str(file)]) == 0
    assert f"{file}: 15 graphs, " in capsys.readouterr().out
    with Image.open(file) as image:
        first = image.crop((0, 44, 8 * 68, 44 + 6 * 52))
        assert GREEN in {color for _, color in first.getcolors(100_000) or []}
        assert image.width == 24 * 68 + 3


def test_a_file_that_cannot_be_written_is_named(
    aws: OfflineAws, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert aws.deployment.stack == "image-pipeline"
    assert main(["dashboard", "--output", str(tmp_path / "dashboard.unknown")]) == 2
    assert "dashboard.unknown cannot be written: unknown file extension" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [("--period", "7", "not a multiple of 60"), ("--since", "2999-01-01", "not in the past")],
)
def test_what_cloudwatch_cannot_show_is_refused(
    option: str, value: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["dashboard", option, value])
    assert told in capsys.readouterr().err
