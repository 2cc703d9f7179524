"""The distribution: whom it lets read what, what it caches, and that the default has none."""

from __future__ import annotations

from typing import Any

import pytest

from local.aws.parameters import check_overrides
from local.aws.policies import allows, denies
from local.errors import TemplateError
from tests.template.contracts import GIVEN
from tests.template.documents import ROOT, of_type, outputs, properties, resources, written

NAMES = ("Delivery", "CloudFrontPublicKey", "CloudFrontPrivateKeySecret")
CHOSEN = {name: GIVEN[name] for name in NAMES}
SERVICE = {"Service": "cloudfront.amazonaws.com"}
OBJECT = "RenditionsBucket.Arn/image/version/large.webp"
ARN = "arn:AWS::Partition:cloudfront::AWS::AccountId:distribution/RenditionsDistribution"
APPROVED = {
    "aws:SecureTransport": "true",
    "aws:SourceArn": ARN,
    "s3:ExistingObjectTag/image-pipeline-status": "approved",
}


def distribution() -> dict[str, Any]:
    found: dict[str, Any] = properties("RenditionsDistribution", **CHOSEN)["DistributionConfig"]
    return found


def test_the_default_has_nothing_of_cloudfront() -> None:
    kinds = {resource["Type"] for resource in resources().values()}
    assert not any("CloudFront" in kind for kind in kinds)
    assert "SigningLayer" not in str(sorted(resources()))
    assert "cloudfront" not in str(resources()).lower()
    assert "DeliveryUrl" not in outputs()
    assert outputs(**CHOSEN)["DeliveryUrl"] == "https://RenditionsDistribution.DomainName"


def test_every_type_of_cloudfront_is_conditional() -> None:
    """Partitions without CloudFront know no such types."""
    for name, resource in written()["Resources"].items():
        if resource["Type"].startswith("AWS::CloudFront::"):
            assert resource["Condition"] == "CloudFrontDelivers", name


def may_read(action: str = "s3:GetObjectVersion", **changed: str) -> bool:
    context = APPROVED | {name.replace("_", ":"): value for name, value in changed.items()}
    policy = properties("RenditionsBucketPolicy", **CHOSEN)["PolicyDocument"]
    about = (action, OBJECT, context)
    return allows(policy, SERVICE, *about) and not denies(policy, *about)


def test_only_this_distribution_reads_only_versions_that_are_approved() -> None:
    assert may_read()
    assert not may_read(aws_SourceArn=f"{ARN}2")
    assert not may_read(aws_SecureTransport="false")
    tag = "s3:ExistingObjectTag/image-pipeline-status"
    policy = properties("RenditionsBucketPolicy", **CHOSEN)["PolicyDocument"]
    for value in (None, "withdrawn", "rejected", "Approved"):
        context = {name: text for name, text in APPROVED.items() if name != tag}
        context |= {tag: value} if value else {}
        assert not allows(policy, SERVICE, "s3:GetObjectVersion", OBJECT, context)


@pytest.mark.parametrize(
    "action",
    ["s3:GetObject", "s3:ListBucket", "s3:PutObject", "s3:DeleteObject"],
)
def test_the_distribution_may_do_nothing_else(action: str) -> None:
    assert not may_read(action)


def test_no_other_principal_is_allowed_anything() -> None:
    policy = properties("RenditionsBucketPolicy", **CHOSEN)["PolicyDocument"]
    allowed = [each["Principal"] for each in policy["Statement"] if each["Effect"] == "Allow"]
    assert allowed == [SERVICE]


def test_requests_to_the_bucket_are_signed_and_name_its_region() -> None:
    (origin,) = distribution()["Origins"]
    assert origin["DomainName"] == "RenditionsBucket.RegionalDomainName"
    assert origin["S3OriginConfig"] == {"OriginAccessIdentity": ""}
    assert origin["OriginAccessControlId"] == "RenditionsOriginAccess.Id"
    control = properties("RenditionsOriginAccess", **CHOSEN)["OriginAccessControlConfig"]
    assert (control["OriginAccessControlOriginType"], control["SigningBehavior"]) == (
        "s3",
        "always",
    )
    assert control["SigningProtocol"] == "sigv4"


def test_every_request_needs_a_signature_and_tls() -> None:
    found = distribution()
    assert "CacheBehaviors" not in found
    behavior = found["DefaultCacheBehavior"]
    assert behavior["ViewerProtocolPolicy"] == "https-only"
    assert behavior["TrustedKeyGroups"] == ["RenditionsKeyGroup"]
    assert "TrustedSigners" not in behavior
    assert behavior["AllowedMethods"] == ["GET", "HEAD", "OPTIONS"]
    keys = properties("RenditionsKeyGroup", **CHOSEN)["KeyGroupConfig"]["Items"]
    assert keys == ["RenditionsPublicKey"]


@pytest.mark.parametrize("separator", ["\n", " "])
def test_the_public_key_has_its_line_breaks(separator: str) -> None:
    body = separator.join(["A" * 64, "B" * 60])
    whole = separator.join(["-----BEGIN PUBLIC KEY-----", body, "-----END PUBLIC KEY-----"])
    given = {**CHOSEN, "CloudFrontPublicKey": whole}
    encoded = properties("RenditionsPublicKey", **given)["PublicKeyConfig"]["EncodedKey"]
    assert encoded.split("\n") == [
        "-----BEGIN PUBLIC KEY-----",
        "A" * 64,
        "B" * 60,
        "-----END PUBLIC KEY-----",
        "",
    ]


def test_only_the_version_is_forwarded_and_nothing_else_splits_the_cache() -> None:
    policy = properties("RenditionsCachePolicy", **CHOSEN)["CachePolicyConfig"]
    assert policy["ParametersInCacheKeyAndForwardedToOrigin"] == {
        "EnableAcceptEncodingGzip": False,
        "EnableAcceptEncodingBrotli": False,
        "HeadersConfig": {"HeaderBehavior": "none"},
        "CookiesConfig": {"CookieBehavior": "none"},
        "QueryStringsConfig": {"QueryStringBehavior": "whitelist", "QueryStrings": ["versionId"]},
    }
    # A minimum above 0: CloudFront would not keep what says `private`, as the objects do.
    assert policy["MinTTL"] == policy["DefaultTTL"] == policy["MaxTTL"] == 31536000
    for each in distribution()["CustomErrorResponses"]:
        assert each == {"ErrorCode": each["ErrorCode"], "ErrorCachingMinTTL": 0}
    assert [each["ErrorCode"] for each in distribution()["CustomErrorResponses"]] == [403, 404]


def test_browsers_keep_a_rendition_as_long_as_its_url_lives() -> None:
    given = {
        **CHOSEN,
        "UrlLifetimeSeconds": "60",
        "UploadOrigins": "https://a.example,https://b.example",
    }
    found = properties("RenditionsHeadersPolicy", **given)["ResponseHeadersPolicyConfig"]
    (header,) = found["CustomHeadersConfig"]["Items"]
    assert header == {
        "Header": "Cache-Control",
        "Value": "private, max-age=60, immutable",
        "Override": True,
    }
    assert found["SecurityHeadersConfig"]["ContentTypeOptions"] == {"Override": True}
    cors = found["CorsConfig"]
    assert cors["AccessControlAllowOrigins"]["Items"] == ["https://a.example", "https://b.example"]
    assert cors["AccessControlAllowCredentials"] is False
    assert cors["AccessControlAllowMethods"]["Items"] == ["GET", "HEAD"]


@pytest.mark.parametrize(
    "kind",
    ["OriginAccessControl", "PublicKey", "KeyGroup", "CachePolicy", "ResponseHeadersPolicy"],
)
def test_names_are_unique_in_all_regions_and_short_enough(kind: str) -> None:
    """Names of CloudFront are global, and an origin access control's has 64 characters at most."""
    (found,) = of_type(f"AWS::CloudFront::{kind}", **CHOSEN).values()
    (config,) = found.values()
    assert config["Name"] == "renditions-AWS::StackId"
    assert len("renditions-00000000-0000-0000-0000-000000000000") <= 64


@pytest.mark.parametrize("missing", NAMES[1:])
def test_a_distribution_without_both_keys_is_refused(missing: str) -> None:
    given = {name: value for name, value in CHOSEN.items() if name != missing}
    with pytest.raises(TemplateError, match=f"Delivery=CLOUDFRONT needs {missing}"):
        check_overrides(ROOT / "template.yaml", given)


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1", "eusc-de-east-1"])
def test_a_region_without_this_cloudfront_is_refused(
    region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.aws.parameters.REGION", region)
    check_overrides(ROOT / "template.yaml", {})
    with pytest.raises(TemplateError, match="not in China and GovCloud"):
        check_overrides(ROOT / "template.yaml", CHOSEN)


@pytest.mark.parametrize("text", ["MFkw", "-----BEGIN PRIVATE KEY----- A -----END PRIVATE KEY"])
def test_what_is_not_a_public_key_is_refused(text: str) -> None:
    with pytest.raises(TemplateError, match="A public key in PEM"):
        check_overrides(ROOT / "template.yaml", {**CHOSEN, "CloudFrontPublicKey": text})


def permissions(function: str, **parameters: str) -> set[tuple[str, str]]:
    role = resources(**parameters)[f"{function}Role"]["Properties"]
    statements = [
        statement
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    return {
        (action, statement["Resource"])
        for statement in statements
        if isinstance(statement["Resource"], str)
        for action in (
            statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        )
    }


@pytest.mark.parametrize("function", ["StoreFunction", "RejectFunction", "SweepFunction"])
def test_those_who_approve_and_delete_may_tag_and_invalidate(function: str) -> None:
    added = permissions(function, **CHOSEN) - permissions(function)
    assert added == {
        ("s3:GetObjectVersionTagging", "RenditionsBucket.Arn/*"),
        ("s3:PutObjectTagging", "RenditionsBucket.Arn/*"),
        ("s3:PutObjectVersionTagging", "RenditionsBucket.Arn/*"),
        ("cloudfront:CreateInvalidation", ARN),
    }


def test_the_api_reads_the_private_key() -> None:
    secret = "arn:AWS::Partition:secretsmanager:AWS::Region:AWS::AccountId:secret:one/secret-??????"
    before, after = permissions("ApiFunction"), permissions("ApiFunction", **CHOSEN)
    assert after - before == {("secretsmanager:GetSecretValue", secret)}
    assert before <= after
    # For reviewers, to whom CloudFront delivers nothing that is not approved.
    assert ("s3:GetObjectVersion", "RenditionsBucket.Arn/*") in after


def test_nobody_else_may_tag_renditions() -> None:
    """Otherwise a step that only writes could let CloudFront read what it has written."""
    for step in ("Convert", "Thumbnail", "Metadata", "Moderate", "Validate"):
        granted = {action for action, _ in permissions(f"{step}Function", **CHOSEN)}
        assert not {action for action in granted if "Put" in action and "Tagging" in action}
