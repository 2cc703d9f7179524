"""What an invocation of a function tells: log lines and EMF documents on standard output."""

from __future__ import annotations

import importlib
import json
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from .claims import claim_for
from .executions import KEY, image_of

if TYPE_CHECKING:
    from image_pipeline.models import Claim, Upload

    from .conftest import Account, Context


@dataclass(frozen=True)
class Told:
    """What one invocation has told: log lines, and metrics by their dimensions."""

    lines: list[dict[str, Any]]
    documents: list[dict[str, Any]]

    @property
    def shapes(self) -> list[tuple[str, str, set[str]]]:
        """Level, message and keys of each log line."""
        return [(line["level"], line["message"], set(line)) for line in self.lines]

    @property
    def metrics(self) -> list[tuple[dict[str, str], dict[str, str]]]:
        """Dimensions with their values, and metrics with their units, of each EMF document."""
        found = []
        for document in self.documents:
            (directive,) = document["_aws"]["CloudWatchMetrics"]
            assert directive["Namespace"] == "ImagePipeline"
            units = {each["Name"]: each["Unit"] for each in directive["Metrics"]}
            found += [
                ({name: document[name] for name in names}, units)
                for names in directive["Dimensions"]
            ]
        return found

    def values(self, metric: str) -> list[float]:
        return [each for document in self.documents for each in document.get(metric, [])]


class Stage:
    """Runs a function and reads what it tells."""

    def __init__(self, account: Account, context: Context, capture: Any) -> None:
        self.account, self.context, self._capture = account, context, capture

    def claimed(self, data: bytes, sequencer: str = "0A") -> tuple[dict[str, Any], Upload, Claim]:
        """A claimed upload, and the event that a function of the workflow gets for it."""
        event = self.account.created(self.account.upload(KEY, data), len(data), sequencer)
        return event, *claim_for(event)

    def image(self, data: bytes, format_name: str = "JPEG") -> dict[str, Any]:
        _, upload, claim = self.claimed(data)
        image = image_of(upload, claim)
        image["facts"] |= {"format": format_name, "width": 96, "height": 96}
        image["picture"] |= {"format": format_name, "bytes": len(data)}
        return image

    def run(self, function: str, event: dict[str, Any], error: Any = None) -> Told:
        """Invoke a function, which is to raise `error` if one is given."""
        if function == "sweep":
            self.account.create_state_machine()
        handler = importlib.import_module(f"{function}.handler").handler
        # Not imported above: it reads the environment that the fixtures set.
        logger = importlib.import_module("image_pipeline.observability").logger
        self._capture.readouterr()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(logger.registered_handler, "stream", sys.stdout)
            with pytest.raises(error) if error else nullcontext():
                handler(event, self.context)
        written = [json.loads(line) for line in self._capture.readouterr().out.splitlines()]
        return Told(
            [each for each in written if "_aws" not in each],
            [each for each in written if "_aws" in each],
        )


class Rekognition:
    """A stand-in that objects to nothing."""

    def detect_moderation_labels(self, **_: Any) -> dict[str, Any]:
        return {"ModerationLabels": [], "ModerationModelVersion": "7.0"}
