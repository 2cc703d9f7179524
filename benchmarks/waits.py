"""How long each function waits for AWS: its recorded calls at an assumed latency each.

The calls are those of docs/faults.md, which `make faults` records.
"""

from __future__ import annotations

import re
from pathlib import Path

from local.manifest import functions

_PAGE = Path(__file__).parents[1] / "docs" / "faults.md"
_CALL = re.compile(r"^\| (\w+): (\w+ \w+)(?: \((\d+)\))? \|", re.MULTILINE)

LATENCY = {
    "s3 GetObject": 0.03,
    "s3 HeadObject": 0.02,
    "s3 GetObjectTagging": 0.02,
    "s3 PutObjectTagging": 0.03,
    "s3 PutObject": 0.05,
    "s3 DeleteObject": 0.03,
    "s3 ListObjectVersions": 0.03,
    "dynamodb GetItem": 0.005,
    "dynamodb PutItem": 0.01,
    "dynamodb UpdateItem": 0.01,
    # In the way from upload to outcome, not in the time of the function: benchmarks.way.
    "rekognition DetectModerationLabels": 0.0,
    "stepfunctions StartSyncExecution": 0.0,
}
"""Seconds until the first byte of an answer, as a median of warm connections in one region."""

ELSEWHERE = 0.06
"""Seconds that a function waits whose calls docs/faults.md does not list."""

_WHOLE_FILE = {"Thumbnail", "Convert"}
"""Steps that read the whole picture; the others read its head."""
_TRANSFER = 0.05  # 4 MB at 80 MB/s
_AT_ONCE = {"s3 PutObject"}
"""Calls that are made side by side if a function makes several."""


def waiting(function: str) -> float:
    """Return the seconds that a function waits for AWS with an ordinary picture."""
    step = functions()[function].package.capitalize()
    for section in _PAGE.read_text(encoding="utf-8").split("\n## "):
        calls = [
            call
            for name, call, number in _CALL.findall(section)
            if name == step and not (call in _AT_ONCE and number)
        ]
        if calls:
            transfer = _TRANSFER if step in _WHOLE_FILE else 0.0
            return sum(LATENCY[call] for call in calls) + transfer
    return ELSEWHERE
