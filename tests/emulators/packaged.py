"""Packs the template and its code into S3, as `sam package` does, for an emulator to deploy."""

from __future__ import annotations

import io
import json
import sysconfig
import zipfile
from typing import TYPE_CHECKING, Any

from local.aws.parameters import document_of
from local.manifest import ROOT, runtime

if TYPE_CHECKING:
    from pathlib import Path

BUCKET = "code"
_PACKAGES = {"layers/common": "image_pipeline", "layers/imaging": "pictures"}


def upload(s3: Any, *, alarms_as_written: bool = False) -> str:
    """Upload functions, layers, state machine and template; return the key of the template.

    Args:
        s3: a client.
        alarms_as_written: whether alarms of several metrics stay so; otherwise they watch one.
    """
    s3.create_bucket(Bucket=BUCKET)
    document = document_of((ROOT / "template.yaml").read_text(encoding="utf-8"))
    _replace(s3, document["Globals"]["Function"], "CodeUri", _functions())
    for resource in document["Resources"].values():
        properties = resource.get("Properties", {})
        if "Metrics" in properties and not alarms_as_written:
            metrics = properties.pop("Metrics")
            stats = [each["MetricStat"] for each in metrics if "MetricStat" in each]
            name = {each: stats[0]["Metric"][each] for each in ("Namespace", "MetricName")}
            properties |= name | {"Statistic": "Sum", "Period": stats[0]["Period"]}
        if "ContentUri" in properties:
            _replace(s3, properties, "ContentUri", _layer(properties["ContentUri"]))
        if "DefinitionUri" in properties:
            definition = (ROOT / properties["DefinitionUri"]).read_bytes()
            _replace(s3, properties, "DefinitionUri", definition)
    s3.put_object(Bucket=BUCKET, Key="template", Body=json.dumps(document).encode())
    return "template"


def _replace(s3: Any, properties: dict[str, Any], name: str, data: bytes) -> None:
    key = properties[name].strip("/").replace("/", "-")
    s3.put_object(Bucket=BUCKET, Key=key, Body=data)
    properties[name] = f"s3://{BUCKET}/{key}"


def _functions() -> bytes:
    return _zipped(ROOT / "functions", "")


def _layer(folder: str) -> bytes:
    """Pack a layer: its package, and in place of its wheels those of this environment."""
    environment = sysconfig.get_path("purelib")
    site = f"python/lib/python{runtime()}/site-packages/environment.pth"
    if folder not in _PACKAGES:
        return _zipped(None, "", {site: environment})
    package = _PACKAGES[folder]
    return _zipped(ROOT / folder / package, f"python/{package}/", {site: environment})


def _zipped(folder: Path | None, prefix: str, more: dict[str, str] | None = None) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*.py")) if folder else []:
            archive.write(path, f"{prefix}{path.relative_to(folder)}")  # type: ignore[arg-type]
        for name, text in (more or {}).items():
            archive.writestr(name, text)
    return packed.getvalue()
