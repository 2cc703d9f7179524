"""What each function is given and where each state leads, in full, so that nothing changes unseen.

The tests compare the template and the state machine with these entries, and fail for a function or
a state that has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from image_pipeline.list_index import KEYS
from image_pipeline.object_keys import CONVERTED_NAME, UPLOADS_PREFIX

UNTRACED = {"ProjectorFunction"}
"""Functions without traces of their own: what they would cost is in docs/cost.md."""

# A value of its own for every parameter, so that two swapped parameters are told apart.
GIVEN = {
    "Architecture": "x86_64",
    "Renditions": "only=11x12:inside:png",
    "MaxUploadBytes": "1001",
    "MaxPixels": "1002",
    "ModerationProvider": "NONE",
    "ModerationAdapterArn": (
        "arn:aws:rekognition:eu-west-1:123456789012:project/one/version/two/1700000000000"
    ),
    "ModerationReviewConfidence": "13",
    "ModerationRejectConfidence": "14",
    "ModerationIgnoredLabels": "Alcohol,Gambling",
    "UrlLifetimeSeconds": "15",
    "Delivery": "CLOUDFRONT",
    "CloudFrontPublicKey": f"-----BEGIN PUBLIC KEY-----\n{'A' * 100}\n-----END PUBLIC KEY-----",
    "CloudFrontPrivateKeySecret": "one/secret",
    "UploadLifetimeSeconds": "25",
    "KeepLastApproved": "false",
    "StoreGps": "true",
    "UploadOrigins": "https://one.example",
    "ApiAuth": "JWT",
    "JwtIssuer": "https://issuer.example/one",
    "JwtAudience": "two,three",
    "Console": "true",
    "ConsoleClientId": "one-client",
    "WebhookUrl": "https://hooks.example/outcomes?of=images",
    "NotificationEmail": "one@example.com",
    "OperationsEmail": "two@example.com",
    "DailyBudgetDollars": "19.5",
    "WorkflowType": "EXPRESS",
    "ExpressConcurrency": "20",
    "LogRetentionDays": "7",
    "ApiConcurrency": "16",
    "ModerationConcurrency": "17",
    "StepsConcurrency": "18",
    "KeepAnswersDays": "8",
    "ApiColdStarts": "PROVISIONED",
    "ApiProvisionedConcurrency": "3",
    "StepsColdStarts": "SNAPSTART",
    "StepsProvisionedConcurrency": "4",
    "IdSalt": "0123456789abcdef",
    "InventoryBucket": "one-inventory",
    "ProtectData": "true",
    "KmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/one",
    "CustomDomainName": "images.example.com",
    "CertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/one",
    "PermissionsBoundaryArn": "arn:aws:iam::123456789012:policy/one",
    "DeploymentPreference": "Canary10Percent10Minutes",
}

UPLOADS, UPLOAD = "UploadsBucket.Arn", f"UploadsBucket.Arn/{UPLOADS_PREFIX}*"
RENDITIONS, RENDITION = "RenditionsBucket.Arn", "RenditionsBucket.Arn/*"
CONVERTED = f"RenditionsBucket.Arn/*/{CONVERTED_NAME}.*"
TABLE, STREAM = "ImagesTable.Arn", "ImagesTable.StreamArn"
READ_MODEL = "ReadModelTable.Arn"
KEPT_ANSWERS = "IdempotencyTable.Arn"
EXECUTIONS = (
    "arn:AWS::Partition:states:AWS::Region:AWS::AccountId"
    ":execution:ImagePipelineStateMachine.Name:*"
)

Permissions = set[tuple[str, str]]

READ_UPLOAD: Permissions = {
    ("s3:GetObjectVersion", UPLOAD),
    # Without it S3 answers 403 instead of 404 for an object that is gone.
    ("s3:ListBucket", UPLOADS),
}
READ_CONVERTED: Permissions = {("s3:GetObject", CONVERTED), ("s3:ListBucket", RENDITIONS)}
LOOK: Permissions = {("s3:GetObject", UPLOAD), ("s3:ListBucket", UPLOADS)}
FINISH: Permissions = {
    ("dynamodb:GetItem", TABLE),
    ("dynamodb:UpdateItem", TABLE),
    ("s3:ListBucketVersions", RENDITIONS),
    ("s3:DeleteObjectVersion", RENDITION),
    # Without it S3 answers 403 instead of 404 for a version that is gone.
    ("s3:ListBucket", UPLOADS),
    ("s3:GetObjectVersionTagging", UPLOAD),
    ("s3:PutObjectTagging", UPLOAD),
    ("s3:PutObjectVersionTagging", UPLOAD),
}

REMOVE_UPLOAD: Permissions = {
    ("s3:ListBucketVersions", UPLOADS),
    ("s3:AbortMultipartUpload", UPLOAD),
    ("s3:DeleteObjectVersion", UPLOAD),
}

_TABLE_NAME = {"TABLE_NAME": "ImagesTable"}
_READ_MODEL_TABLE = {"READ_MODEL_TABLE": "ReadModelTable"}
_RENDITIONS_BUCKET = {"RENDITIONS_BUCKET": "RenditionsBucket"}
_DELIVERED = _RENDITIONS_BUCKET | {"DISTRIBUTION_ID": "RenditionsDistribution"}
_MAX_PIXELS = {"MAX_PIXELS": 1002}
_ID_SALT = {"ID_SALT": "0123456789abcdef"}
_API_AUTH = {"API_AUTH": "JWT"}
_CLAIMING = _ID_SALT | {"KEEP_LAST_APPROVED": "false"}


@dataclass(frozen=True)
class Contract:
    """One function: its layers, seconds, variables with the values of `GIVEN`, and permissions."""

    layers: tuple[str, ...]
    timeout: int
    variables: dict[str, Any]
    permissions: Permissions


CONTRACTS = {
    "ValidateFunction": Contract(
        layers=("CommonLayer", "ImagingLayer"),
        timeout=60,
        variables=_TABLE_NAME | {"MAX_UPLOAD_BYTES": 1001} | _MAX_PIXELS | _CLAIMING,
        permissions=READ_UPLOAD
        | LOOK
        | {
            ("dynamodb:GetItem", TABLE),
            ("s3:GetObjectVersionTagging", UPLOAD),
            ("dynamodb:PutItem", TABLE),
            ("dynamodb:UpdateItem", TABLE),
        },
    ),
    "ConvertFunction": Contract(
        layers=("CommonLayer", "ImagingLayer", "CodecsLayer"),
        timeout=300,
        variables=_TABLE_NAME | _RENDITIONS_BUCKET | _MAX_PIXELS,
        permissions=READ_UPLOAD
        | {
            ("s3:PutObject", CONVERTED),
            ("s3:DeleteObjectVersion", CONVERTED),
            ("dynamodb:GetItem", TABLE),
            ("dynamodb:UpdateItem", TABLE),
        },
    ),
    "ThumbnailFunction": Contract(
        layers=("CommonLayer", "ImagingLayer"),
        timeout=120,
        variables=_TABLE_NAME
        | _RENDITIONS_BUCKET
        | {"RENDITIONS": "only=11x12:inside:png"}
        | _MAX_PIXELS,
        permissions=READ_UPLOAD
        | READ_CONVERTED
        | {
            ("s3:PutObject", RENDITION),
            ("s3:DeleteObjectVersion", RENDITION),
            ("s3:ListBucketVersions", RENDITIONS),
            ("dynamodb:GetItem", TABLE),
            ("dynamodb:UpdateItem", TABLE),
        },
    ),
    "MetadataFunction": Contract(
        layers=("CommonLayer", "ImagingLayer"),
        timeout=60,
        variables=_TABLE_NAME | {"STORE_GPS": "true"},
        permissions=READ_UPLOAD
        | READ_CONVERTED
        | {("dynamodb:GetItem", TABLE), ("dynamodb:UpdateItem", TABLE)},
    ),
    "ModerateFunction": Contract(
        layers=("CommonLayer", "ImagingLayer"),
        timeout=120,
        variables={
            "MODERATION_PROVIDER": "NONE",
            "MODERATION_ADAPTER_ARN": GIVEN["ModerationAdapterArn"],
            "MODERATION_REVIEW_CONFIDENCE": 13,
            "MODERATION_REJECT_CONFIDENCE": 14,
            "MODERATION_IGNORED_LABELS": "Alcohol,Gambling",
            "ANSWERS_TABLE": "AnswersTable",
            "KEEP_ANSWERS_DAYS": 8,
        }
        | _TABLE_NAME
        | _MAX_PIXELS,
        permissions=READ_UPLOAD
        | READ_CONVERTED
        | {("dynamodb:GetItem", TABLE), ("dynamodb:UpdateItem", TABLE)}
        # Rekognition reads the upload with these permissions, and requires both for a version.
        | {("s3:GetObject", UPLOAD), ("rekognition:DetectModerationLabels", "*")},
    ),
    "StoreFunction": Contract(
        layers=("CommonLayer",),
        timeout=60,
        variables=_TABLE_NAME | _DELIVERED,
        permissions=FINISH,
    ),
    "RejectFunction": Contract(
        layers=("CommonLayer",),
        timeout=60,
        variables=_TABLE_NAME | _DELIVERED | _CLAIMING,
        permissions=FINISH | LOOK | {("dynamodb:PutItem", TABLE)},
    ),
    "SweepFunction": Contract(
        layers=("CommonLayer",),
        timeout=810,
        variables=_TABLE_NAME
        | _DELIVERED
        | {
            "UPLOADS_BUCKET": "UploadsBucket",
            "STATE_MACHINE_ARN": "ImagePipelineStateMachine",
            "UPLOADS_QUEUE_URL": "UploadsQueue",
            "OUTCOMES_TOPIC_ARN": "OutcomesTopic",
            "OVERDUE_SECONDS": "60",
            "RESTARTS_PER_SWEEP": "75000",
        }
        | _ID_SALT,
        permissions=FINISH
        | REMOVE_UPLOAD
        | LOOK
        | {
            ("dynamodb:BatchGetItem", TABLE),
            ("dynamodb:PutItem", TABLE),
            ("dynamodb:Scan", TABLE),
            ("dynamodb:Query", f"{TABLE}/index/open"),
            ("dynamodb:Query", f"{TABLE}/index/by_status"),
            ("sqs:GetQueueAttributes", "UploadsQueue.Arn"),
            ("sqs:SendMessage", "UploadsQueue.Arn"),
            ("sns:Publish", "OutcomesTopic"),
        },
    ),
    "DispatchFunction": Contract(
        layers=("CommonLayer",),
        timeout=330,
        variables={
            "STATE_MACHINE_ARN": "ImagePipelineStateMachine",
            "UPLOADS_QUEUE_URL": "UploadsQueue",
        },
        permissions={
            # The first three are for Lambda, which reads the queue with them.
            ("sqs:ReceiveMessage", "UploadsQueue.Arn"),
            ("sqs:DeleteMessage", "UploadsQueue.Arn"),
            ("sqs:GetQueueAttributes", "UploadsQueue.Arn"),
            ("sqs:ChangeMessageVisibility", "UploadsQueue.Arn"),
            ("states:StartSyncExecution", "ImagePipelineStateMachine"),
        },
    ),
    "WebhookFunction": Contract(
        layers=("CommonLayer",),
        timeout=60,
        variables={
            "WEBHOOK_URL": GIVEN["WebhookUrl"],
            "WEBHOOKS_QUEUE_URL": "WebhooksQueue",
            "WEBHOOK_SECRET_ARN": "WebhookSecret",
        },
        permissions={
            # The first three are for Lambda, which reads the queue with them.
            ("sqs:ReceiveMessage", "WebhooksQueue.Arn"),
            ("sqs:DeleteMessage", "WebhooksQueue.Arn"),
            ("sqs:GetQueueAttributes", "WebhooksQueue.Arn"),
            ("sqs:ChangeMessageVisibility", "WebhooksQueue.Arn"),
            ("secretsmanager:GetSecretValue", "WebhookSecret"),
        },
    ),
    "BackfillFunction": Contract(
        layers=("CommonLayer",),
        timeout=60,
        variables=_TABLE_NAME
        | _RENDITIONS_BUCKET
        | _ID_SALT
        | {
            "UPLOADS_BUCKET": "UploadsBucket",
            "RENDITIONS": "only=11x12:inside:png",
            "STORE_GPS": "true",
            "MODERATION_PROVIDER": "NONE",
            "MODERATION_ADAPTER_ARN": GIVEN["ModerationAdapterArn"],
            "MODERATION_REVIEW_CONFIDENCE": 13,
            "MODERATION_REJECT_CONFIDENCE": 14,
            "MODERATION_IGNORED_LABELS": "Alcohol,Gambling",
        },
        permissions={
            ("dynamodb:BatchGetItem", TABLE),
            ("s3:PutObject", "RenditionsBucket.Arn/backfill/*"),
        },
    ),
    "ProjectorFunction": Contract(
        layers=("CommonLayer",),
        timeout=60,
        variables=_READ_MODEL_TABLE,
        permissions={
            ("dynamodb:DescribeStream", STREAM),
            ("dynamodb:GetRecords", STREAM),
            ("dynamodb:GetShardIterator", STREAM),
            ("dynamodb:ListStreams", f"{TABLE}/stream/*"),
            ("dynamodb:BatchGetItem", READ_MODEL),
            ("dynamodb:DeleteItem", READ_MODEL),
            ("dynamodb:PutItem", READ_MODEL),
            ("dynamodb:UpdateItem", READ_MODEL),
            ("sqs:SendMessage", "ProjectorDeadLetterQueue.Arn"),
        },
    ),
    "ApiFunction": Contract(
        layers=("CommonLayer", "SigningLayer"),
        timeout=29,
        variables=_TABLE_NAME
        | _RENDITIONS_BUCKET
        | {
            "URL_LIFETIME_SECONDS": 15,
            "CURSOR_SECRET_ARN": "CursorSecret",
            "DELIVERY_URL": "https://RenditionsDistribution.DomainName",
            "PUBLIC_KEY_ID": "RenditionsPublicKey",
            "PRIVATE_KEY_SECRET": "one/secret",
        }
        | _API_AUTH
        | _ID_SALT
        | _READ_MODEL_TABLE
        | {"IDEMPOTENCY_TABLE": "IdempotencyTable"},
        permissions={
            ("dynamodb:GetItem", TABLE),
            ("dynamodb:BatchGetItem", TABLE),
            ("dynamodb:BatchGetItem", KEPT_ANSWERS),
            ("dynamodb:BatchGetItem", READ_MODEL),
            ("dynamodb:Query", READ_MODEL),
            *(("dynamodb:Query", f"{TABLE}/index/{index}") for index in KEYS),
            ("s3:GetObjectVersion", RENDITION),
            ("secretsmanager:GetSecretValue", "CursorSecret"),
        },
    ),
    "ConsoleFunction": Contract(
        layers=("CommonLayer",),
        timeout=15,
        variables={
            "UPLOADS_URL": "https://UploadsBucket.RegionalDomainName",
            "RENDITIONS_URL": "https://RenditionsBucket.RegionalDomainName",
            "DELIVERY_URL": "https://RenditionsDistribution.DomainName",
            "MAX_UPLOAD_BYTES": 1001,
            "SIGN_IN_URL": GIVEN["JwtIssuer"],
            "USER_POOL_ID": "",
            "CLIENT_ID": "one-client",
            "TOKEN_RESOURCE": "",
        },
        permissions={("cognito-idp:ListUserPoolClients", "UserPool.Arn")},
    ),
    "SigninFunction": Contract(layers=("CommonLayer",), timeout=5, variables={}, permissions=set()),
    "ApiWriteFunction": Contract(
        layers=("CommonLayer",),
        timeout=20,
        variables=_TABLE_NAME
        | _DELIVERED
        | {
            "IDEMPOTENCY_TABLE": "IdempotencyTable",
            "UPLOADS_BUCKET": "UploadsBucket",
            "STATE_MACHINE_ARN": "ImagePipelineStateMachine",
            "UPLOADS_QUEUE_URL": "UploadsQueue",
            "OUTCOMES_TOPIC_ARN": "OutcomesTopic",
            "MAX_UPLOAD_BYTES": 1001,
            "UPLOAD_LIFETIME_SECONDS": 25,
        }
        | _API_AUTH
        | _ID_SALT,
        permissions=FINISH
        | REMOVE_UPLOAD
        | LOOK
        | {
            ("dynamodb:BatchGetItem", TABLE),
            ("dynamodb:Query", f"{TABLE}/index/by_status"),
            ("dynamodb:BatchGetItem", KEPT_ANSWERS),
            ("dynamodb:DeleteItem", KEPT_ANSWERS),
            ("dynamodb:PutItem", KEPT_ANSWERS),
            ("dynamodb:UpdateItem", KEPT_ANSWERS),
            ("dynamodb:PutItem", TABLE),
            ("sqs:SendMessage", "UploadsQueue.Arn"),
            ("sns:Publish", "OutcomesTopic"),
            ("s3:PutObject", UPLOAD),
            ("s3:PutObjectTagging", UPLOAD),
        },
    ),
}


# The states: where each error leads, which state follows, and how an execution ends.
def _caught(next_state: str, *errors: str, path: str | None = "$.error") -> dict[str, Any]:
    return {"ErrorEquals": list(errors), "ResultPath": path, "Next": next_state}


_KILLED = ("Sandbox.Timedout", "Runtime.ExitError", "Runtime.OutOfMemory", "Lambda.Unknown")
_CAPACITY = (
    "Lambda.TooManyRequestsException",
    "ThrottlingException",
    "Throttled",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
)
_UNANNOUNCED = _caught("RecallOutcome", "Unannounced")
_SUPERSEDED = _caught("DiscardRenditions", "Superseded")
_FAILED = _caught("RecordFailure", "States.ALL")
# Refusals are the picture's fault, and kills may be where it is decoded; anything else is the
# pipeline's.
_DECODED = [_caught("RejectImage", "ValidationError", *_KILLED), _SUPERSEDED, _FAILED]
CATCHES: dict[str, list[dict[str, Any]]] = {
    # It has made nothing that would have to be discarded.
    "ValidateImage": [
        _caught("RejectImage", "ValidationError"),
        _caught("Superseded", "Superseded"),
        _UNANNOUNCED,
        _FAILED,
    ],
    "ConvertToJPEG": _DECODED,
    "ProcessInParallel": _DECODED,
    "GenerateThumbnail": [],
    "ExtractMetadata": [_caught("MetadataKilled", *_KILLED)],
    # Fails closed: without an answer from Rekognition, a person decides. Moderation writes nothing,
    # so nothing tells it that it is superseded.
    "RunModeration": [
        _caught("PictureRefused", "ValidationError"),
        _caught("CapacityRanOut", *_CAPACITY),
        _caught("ModerationUnavailable", "States.ALL"),
    ],
    "StoreResults": [_SUPERSEDED, _FAILED],
    "RejectImage": [_SUPERSEDED, _FAILED],
    # The error that is reported stays the first one.
    "RecordFailure": [
        _caught("DiscardRenditions", "Superseded", path=None),
        _caught("ImageFailed", "States.ALL", path=None),
    ],
    # The record says what became of the upload, and is not changed.
    "RecallOutcome": [
        _caught("Superseded", "Superseded"),
        _caught("ImageFailed", "States.ALL"),
    ],
    "DiscardRenditions": [_caught("Superseded", "States.ALL", path=None)],
    "NotifyUser": [_caught("KeepUnsentNotification", "States.ALL")],
    "KeepUnsentNotification": [_caught("NotificationLost", "States.ALL")],
    "NotifyOfFailure": [_caught("KeepUnsentFailure", "States.ALL", path=None)],
    "KeepUnsentFailure": [_caught("ImageFailed", "States.ALL", path=None)],
}
NEXT: dict[str, str | None] = {
    "ValidateImage": "CheckFormat",
    "CheckFormat": "ProcessInParallel",
    "ConvertToJPEG": "ProcessInParallel",
    "ProcessInParallel": "StoreResults",
    "GenerateThumbnail": None,
    "ExtractMetadata": None,
    "RunModeration": None,
    "ModerationUnavailable": None,
    "StoreResults": "NotifyUser",
    "RejectImage": "NotifyUser",
    "RecallOutcome": "NotifyUser",
    "NotifyUser": None,
    "KeepUnsentNotification": None,
    "RecordFailure": "NotifyOfFailure",
    "NotifyOfFailure": "ImageFailed",
    "KeepUnsentFailure": "ImageFailed",
    "DiscardRenditions": "Superseded",
}
ENDS = {
    "MetadataKilled": "Fail",
    "PictureRefused": "Fail",
    "CapacityRanOut": "Fail",
    "Superseded": "Succeed",
    "NotificationLost": "Fail",
    "ImageFailed": "Fail",
}
# What each state keeps of its result, and where: its ResultPath and ResultSelector.
PASSED_ON: dict[str, tuple[str | None, dict[str, str]]] = {
    "ValidateImage": (
        "$.image",
        {name: f"$.Payload.{name}" for name in ("claim", "upload", "facts", "picture")},
    ),
    "ConvertToJPEG": (
        "$.image.picture",
        {name: f"$.Payload.{name}" for name in ("object", "format", "bytes", "conversion")},
    ),
    "GenerateThumbnail": (
        None,
        {name: f"$.Payload.{name}" for name in ("renditions", "placeholder")},
    ),
    "ExtractMetadata": (None, {"source": "$.Payload.source"}),
    "RunModeration": (None, {"verdict": "$.Payload"}),
    "ProcessInParallel": (
        "$.results",
        {"thumbnail": "$[0]", "metadata": "$[1]", "moderation": "$[2]"},
    ),
    **{
        name: (
            "$.outcome",
            {
                field: f"$.Payload.{field}"
                for field in ("status", "reason", "message", "subject", "email")
            },
        )
        for name in ("StoreResults", "RejectImage", "RecallOutcome", "RecordFailure")
    },
}
