"""The secrets that the stack makes; read when first used, never from an environment variable."""

from __future__ import annotations

from functools import cache

from image_pipeline import aws


@cache
def read(arn: str) -> bytes:
    """Return the value of a secret; an execution environment reads it once."""
    return aws.secretsmanager().get_secret_value(SecretId=arn)["SecretString"].encode()
