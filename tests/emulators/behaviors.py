"""The behaviors that are compared: what AWS documents, and a probe that looks at an emulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.emulators import probes, requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulators.emulator import Emulator

_S3 = "AmazonS3/latest/userguide"


@dataclass(frozen=True)
class Behavior:
    """A behavior.

    Args:
        what: is looked at.
        documented: what the probe returns at AWS.
        source: where that is documented, below docs.aws.amazon.com.
        probe: looks at an emulator.
    """

    what: str
    documented: str
    source: str
    probe: Callable[[Emulator], str]


BEHAVIORS = (
    Behavior(
        "Deploying the template, which has alarms of several metrics",
        "CREATE_COMPLETE",
        "AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html",
        probes.deploys,
    ),
    Behavior(
        "A picture that is uploaded, with `ModerationProvider=NONE`, ends as",
        "review moderation_manual",
        "step-functions/latest/dg/concepts-invoke-sfn.html",
        probes.upload_is_processed,
    ),
    Behavior(
        "The object in its event has",
        "etag, key, sequencer, size, version-id",
        f"{_S3}/ev-events.html",
        probes.event_names,
    ),
    Behavior(
        "The reason in its event is", "PutObject", f"{_S3}/ev-events.html", probes.event_reason
    ),
    Behavior(
        "An upload that is no picture: the error's class reaches the Catch, and it ends as",
        "rejected unsupported_format",
        "lambda/latest/dg/python-exceptions.html",
        probes.broken_upload_is_refused,
    ),
    Behavior(
        "Starting an execution under the name of one that has ended",
        "ExecutionAlreadyExists",
        "step-functions/latest/apireference/API_StartExecution.html",
        probes.same_execution_again,
    ),
    Behavior(
        "An upload that is deleted ends as",
        "deleted",
        f"{_S3}/ev-events.html",
        probes.deleted_upload,
    ),
    Behavior(
        "Reading an object in GLACIER",
        "InvalidObjectState",
        "AmazonS3/latest/API/API_GetObject.html",
        probes.archived_object,
    ),
    Behavior(
        "Reading a delete marker by its version",
        "MethodNotAllowed",
        f"{_S3}/DeleteMarker.html",
        probes.delete_marker,
    ),
    Behavior(
        "Versions found of three of one key, in pages of one",
        "3",
        "AmazonS3/latest/API/API_ListObjectVersions.html",
        probes.page_of_versions,
    ),
    Behavior(
        "Uploading with the wrong MD5",
        "BadDigest",
        "AmazonS3/latest/API/API_PutObject.html",
        probes.wrong_checksum,
    ),
    Behavior(
        "Uploading with an encryption that the bucket's policy denies",
        "AccessDenied",
        f"{_S3}/UsingKMSEncryption.html",
        probes.other_encryption,
    ),
    Behavior(
        "Uploading with a public ACL to a bucket without ACLs",
        "AccessControlListNotSupported",
        f"{_S3}/about-object-ownership.html",
        probes.acl,
    ),
    Behavior(
        "A presigned URL within its lifetime",
        "200",
        f"{_S3}/ShareObjectPreSignedURL.html",
        requests.presigned,
    ),
    Behavior(
        "The same after its lifetime",
        "403 AccessDenied",
        f"{_S3}/ShareObjectPreSignedURL.html",
        requests.expired,
    ),
    Behavior(
        "A presigned URL that was changed",
        "403 SignatureDoesNotMatch",
        "AmazonS3/latest/API/sigv4-query-string-auth.html",
        requests.changed,
    ),
    Behavior(
        "A presigned URL for another region",
        "400 AuthorizationQueryParametersError",
        "AmazonS3/latest/API/ErrorResponses.html",
        requests.for_another_region,
    ),
    Behavior(
        "Reading without a signature",
        "403 AccessDenied",
        f"{_S3}/access-control-block-public-access.html",
        requests.unsigned,
    ),
    Behavior(
        "An upload form with a file above its limit",
        "400 EntityTooLarge",
        "AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html",
        requests.form_above_its_limit,
    ),
    Behavior(
        "A preflight request to a bucket without rules for it",
        "403",
        f"{_S3}/cors.html",
        requests.preflight_of_a_bucket,
    ),
    Behavior(
        "An unsigned request to a route that requires IAM",
        "403",
        "apigateway/latest/developerguide/http-api-access-control-iam.html",
        requests.unsigned_route,
    ),
    Behavior(
        "A signed request to it, for an image that does not exist",
        "404 not_found",
        "apigateway/latest/developerguide/http-api-develop-integrations-lambda.html",
        requests.signed_route,
    ),
    Behavior(
        "A preflight request to the API",
        "204 *",
        "apigateway/latest/developerguide/http-api-cors.html",
        requests.preflight_of_the_api,
    ),
)
