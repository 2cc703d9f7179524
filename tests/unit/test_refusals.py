"""Every reason is given by some code, so that none is documented in vain."""

from __future__ import annotations

import re
from pathlib import Path

from image_pipeline.errors import Reason

ROOT = Path(__file__).parents[2]
DEFINITION = ROOT / "layers" / "common" / "image_pipeline" / "errors.py"


def test_every_reason_is_given_somewhere() -> None:
    sources = [*ROOT.glob("functions/**/*.py"), *ROOT.glob("layers/**/*.py")]
    given = {
        name
        for source in sources
        if source != DEFINITION
        for name in re.findall(r"\bReason\.([A-Z_]+)\b", source.read_text(encoding="utf-8"))
    }
    assert given == {reason.name for reason in Reason}
