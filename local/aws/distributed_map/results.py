"""Writes the results of a map run to S3, as `ResultWriter` does.

Source: docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

SUCCEEDED, FAILED, PENDING = "SUCCEEDED", "FAILED", "PENDING"


@dataclass
class Child:
    """A child execution: its input with a number of items, and how it has ended."""

    name: str
    arn: str
    machine: str
    input: Any
    items: int
    status: str = PENDING
    output: Any = None
    error: str | None = None
    cause: str | None = None
    started: str | None = None
    stopped: str | None = None

    @property
    def kind(self) -> str:
        """The kind of file that tells of it."""
        return self.status if self.status in {SUCCEEDED, PENDING} else FAILED

    def told(self) -> dict[str, Any]:
        """Return what a file says about it."""
        facts = {
            "ExecutionArn": self.arn,
            "Input": json.dumps(self.input, separators=(",", ":")),
            "InputDetails": {"Included": True},
            "Name": self.name,
            "Status": self.status,
            "StateMachineArn": self.machine,
            "StartDate": self.started,
            "StopDate": self.stopped,
            "Error": self.error,
            "Cause": self.cause,
        }
        if self.status == SUCCEEDED:
            facts["Output"] = json.dumps(self.output, separators=(",", ":"))
            facts["OutputDetails"] = {"Included": True}
        return {name: fact for name, fact in facts.items() if fact is not None}


def write_results(
    s3: Any, where: dict[str, str], map_run: str, children: list[Child]
) -> dict[str, Any]:
    """Write a file for each kind of result, and the manifest; return what the state puts out."""
    prefix = where.get("Prefix", "").rstrip("/")
    folder = f"{prefix}/" if prefix else ""
    folder += map_run.rpartition(":")[2]
    files: dict[str, list[dict[str, Any]]] = {FAILED: [], PENDING: [], SUCCEEDED: []}
    for kind, listed in files.items():
        told = [child.told() for child in children if child.kind == kind]
        if told:
            key = f"{folder}/{kind}_0.json"
            body = json.dumps(told).encode()
            s3.put_object(Bucket=where["Bucket"], Key=key, Body=body)
            listed.append({"Key": key, "Size": len(body)})
    manifest = {"DestinationBucket": where["Bucket"], "MapRunArn": map_run, "ResultFiles": files}
    key = f"{folder}/manifest.json"
    s3.put_object(Bucket=where["Bucket"], Key=key, Body=json.dumps(manifest).encode())
    details = {"Bucket": where["Bucket"], "Key": key}
    return {"MapRunArn": map_run, "ResultWriterDetails": details}
