"""Lists of objects as S3 Inventory writes them."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable


def write_inventory(s3: Any, bucket: str, keys: Iterable[str]) -> str:
    """Write an inventory of objects in the uploads bucket; return the URL of its manifest.

    Args:
        s3: a client.
        bucket: where to write it; created.
        keys: of the objects.
    """
    s3.create_bucket(Bucket=bucket)
    rows = "".join(f'"uploads","{quote_plus(key, safe="/")}"\n' for key in keys)
    s3.put_object(Bucket=bucket, Key="data/1.csv.gz", Body=gzip.compress(rows.encode()))
    manifest = {
        "destinationBucket": f"arn:aws:s3:::{bucket}",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key",
        "files": [{"key": "data/1.csv.gz"}],
    }
    name = "2026/manifest.json"
    s3.put_object(Bucket=bucket, Key=name, Body=json.dumps(manifest))
    return f"s3://{bucket}/{name}"
