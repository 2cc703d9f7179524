"""S3 buckets and their policies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.aws.environment import REGION
from local.aws.resources.registry import Made, call, makes, updates
from local.errors import TemplateError

if TYPE_CHECKING:
    from local.aws.deployment import Resource
    from local.aws.resources.registry import New


@makes("AWS::S3::Bucket")
def bucket(new: New) -> Made:
    """Create a bucket; lifecycle rules are stored, but nothing expires offline by itself."""
    name = new.take("BucketName", new.name.lower())
    call("s3", "create_bucket", Bucket=name)
    _configure(new, name)
    domains = {
        "DomainName": f"{name}.s3.amazonaws.com",
        "RegionalDomainName": f"{name}.s3.{REGION}.amazonaws.com",
    }
    return Made(name, {"Arn": f"arn:aws:s3:::{name}", **domains})


@updates("AWS::S3::Bucket")
def updated_bucket(new: New, existing: Resource) -> Made:
    """Configure a bucket anew; its objects stay.

    Raises:
        TemplateError: another name means another bucket.
    """
    if new.take("BucketName", existing.ref) != existing.ref:
        message = f"the offline AWS cannot replace {new.logical_id}"
        raise TemplateError(message)
    for operation in ("delete_bucket_lifecycle", "delete_bucket_cors", "delete_bucket_encryption"):
        _put(existing.ref, operation)
    _configure(new, existing.ref)
    return Made(existing.ref, existing.attributes)


def _configure(new: New, name: str) -> None:
    encryption = new.take("BucketEncryption", None)
    if encryption:
        rules = [_encryption_rule(rule) for rule in encryption["ServerSideEncryptionConfiguration"]]
        _put(name, "put_bucket_encryption", ServerSideEncryptionConfiguration={"Rules": rules})
    for given, operation, parameter in (
        ("VersioningConfiguration", "put_bucket_versioning", "VersioningConfiguration"),
        (
            "PublicAccessBlockConfiguration",
            "put_public_access_block",
            "PublicAccessBlockConfiguration",
        ),
        ("OwnershipControls", "put_bucket_ownership_controls", "OwnershipControls"),
    ):
        value = new.take(given, None)
        if value:
            _put(name, operation, **{parameter: value})
    cors = new.take("CorsConfiguration", {"CorsRules": []})["CorsRules"]
    if cors:
        rules = [_cors_rule(rule) for rule in cors]
        _put(name, "put_bucket_cors", CORSConfiguration={"CORSRules": rules})
    notifications = new.take("NotificationConfiguration", {})
    if notifications.pop("EventBridgeConfiguration", {}).get("EventBridgeEnabled"):
        configuration: dict[str, Any] = {"EventBridgeConfiguration": {}}
        _put(name, "put_bucket_notification_configuration", NotificationConfiguration=configuration)
    if notifications:
        new.properties["NotificationConfiguration"] = notifications  # refused: only EventBridge is
    expiring = new.take("LifecycleConfiguration", {"Rules": []})["Rules"]
    if expiring:
        configuration = {"Rules": [_lifecycle_rule(rule) for rule in expiring]}
        _put(name, "put_bucket_lifecycle_configuration", LifecycleConfiguration=configuration)


@makes("AWS::S3::BucketPolicy")
def bucket_policy(new: New) -> Made:
    """Set a bucket policy without its conditional statements.

    moto denies whenever the condition of a Deny is not met, so "deny plain HTTP" would refuse
    every request. `local.aws.s3_gate` applies those statements to requests over HTTP.
    """
    name, document = new.take("Bucket"), new.take("PolicyDocument")
    statements = [each for each in document["Statement"] if "Condition" not in each]
    if statements:
        _put(name, "put_bucket_policy", Policy=json.dumps({**document, "Statement": statements}))
    return Made(new.name)


@updates("AWS::S3::BucketPolicy")
def updated_bucket_policy(new: New, existing: Resource) -> Made:
    """Replace a bucket policy."""
    call("s3", "delete_bucket_policy", Bucket=existing.properties["Bucket"])
    return bucket_policy(new)


def _put(name: str, operation: str, **parameters: Any) -> None:
    call("s3", operation, Bucket=name, **parameters)


def _encryption_rule(rule: dict[str, Any]) -> dict[str, Any]:
    renamed = dict(rule)
    renamed["ApplyServerSideEncryptionByDefault"] = renamed.pop("ServerSideEncryptionByDefault")
    return renamed


def _cors_rule(rule: dict[str, Any]) -> dict[str, Any]:
    names = {"ExposedHeaders": "ExposeHeaders", "MaxAge": "MaxAgeSeconds", "Id": "ID"}
    return {names.get(name, name): value for name, value in rule.items()}


def _lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a rule as the API takes it, with the filter and the expiration in one part each."""
    renamed = dict(rule)
    tags = renamed.pop("TagFilters", [])
    found: dict[str, Any] = {
        "ID": renamed.pop("Id"),
        "Filter": {"Prefix": renamed.pop("Prefix", "")},
    }
    if tags:
        found["Filter"] = {"Tag": tags[0]} if len(tags) == 1 else {"And": {"Tags": tags}}
    for name, part in (("ExpirationInDays", "Days"), ("ExpiredObjectDeleteMarker", None)):
        if name in renamed:
            found["Expiration"] = {part or name: renamed.pop(name)}
    return {**renamed, **found}
