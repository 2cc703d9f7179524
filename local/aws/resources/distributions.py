"""CloudFront: a distribution and what belongs to it. `local.aws.cloudfront` serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws import signed_urls
from local.aws.environment import ACCOUNT
from local.aws.resources.registry import Made, call, makes
from local.errors import TemplateError

if TYPE_CHECKING:
    from local.aws.resources.registry import New


@makes("AWS::CloudFront::Distribution")
def distribution(new: New) -> Made:
    """Create a distribution, so that invalidations of it are accepted."""
    config = new.take("DistributionConfig")
    behavior = config["DefaultCacheBehavior"]
    origins = [
        {"Id": each["Id"], "DomainName": each["DomainName"], "S3OriginConfig": {**_NO_IDENTITY}}
        for each in config["Origins"]
    ]
    made = call(
        "cloudfront",
        "create_distribution",
        DistributionConfig={
            "CallerReference": new.name,
            "Comment": config.get("Comment", ""),
            "Enabled": config["Enabled"],
            "Origins": {"Quantity": len(origins), "Items": origins},
            "DefaultCacheBehavior": {
                name: behavior[name] for name in ("TargetOriginId", "ViewerProtocolPolicy")
            },
        },
    )["Distribution"]
    arn = f"arn:aws:cloudfront::{ACCOUNT}:distribution/{made['Id']}"
    return Made(made["Id"], {"Arn": arn, "Id": made["Id"], "DomainName": made["DomainName"]})


_NO_IDENTITY = {"OriginAccessIdentity": ""}


@makes("AWS::CloudFront::PublicKey")
def public_key(new: New) -> Made:
    """Create a public key.

    Raises:
        TemplateError: CloudFront would not accept it.
    """
    config = new.take("PublicKeyConfig")
    try:
        signed_urls.public_key(config["EncodedKey"])
    except ValueError as error:
        message = f"{new.logical_id} ({new.type}): {error}"
        raise TemplateError(message) from error
    key = call("cloudfront", "create_public_key", PublicKeyConfig=config)["PublicKey"]["Id"]
    return Made(key, {"Id": key})


@makes("AWS::CloudFront::OriginAccessControl")
@makes("AWS::CloudFront::KeyGroup")
@makes("AWS::CloudFront::CachePolicy")
@makes("AWS::CloudFront::ResponseHeadersPolicy")
def part(new: New) -> Made:
    """Create a part of a distribution, which the front reads from the deployment."""
    new.rest()
    return Made(new.name, {"Id": new.name})
