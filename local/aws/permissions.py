"""Checks before each call, as IAM does, that the caller's role grants the permissions it needs."""

from __future__ import annotations

import copy
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from local.aws.calls import RULE, STATE_MACHINES, intercepted
from local.aws.environment import ACCOUNT, REGION
from local.aws.policies import Statement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from local.aws.calls import Call
    from local.aws.deployment import Deployment

_OF_ONE_OBJECT = {"GetObject", "HeadObject", "GetObjectTagging", "PutObjectTagging"}
_GONE = {"NoSuchKey", "NoSuchVersion", "404"}
# The context of every request; all of them use TLS.
_CONTEXT = {"aws:SecureTransport": "true"}
_READS, _WRITES = {"kms:Decrypt"}, {"kms:Decrypt", "kms:GenerateDataKey"}
ON_THE_KEY: dict[str, set[str]] = {
    "s3:GetObject": _READS,
    "s3:GetObjectVersion": _READS,
    "s3:PutObject": _WRITES,
    "sns:Publish": _WRITES,
    "sqs:SendMessage": _WRITES,
    "sqs:ReceiveMessage": _READS,
    "secretsmanager:GetSecretValue": _READS,
    **{
        f"dynamodb:{action}": _READS
        for action in (
            *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "BatchGetItem", "BatchWriteItem"),
            *("Query", "Scan", "GetRecords"),
        )
    },
}
"""What a principal needs on the key for an action on something encrypted with it.

DynamoDB decrypts the key of a table with the caller's permissions; a multipart upload, a message
and an event are encrypted with a data key. Tags, deletions and lists need nothing.
"""


@dataclass(frozen=True)
class Need:
    """An action on a resource that a caller needs permission for.

    `via` is the service that makes the call on behalf of the caller, if one does.
    """

    caller: str
    action: str
    resource: str
    via: str = ""

    @property
    def context(self) -> dict[str, str]:
        """The context of the request."""
        host = f"{self.via}.{REGION}.amazonaws.com"
        return _CONTEXT | ({"kms:ViaService": host} if self.via else {})


@dataclass(frozen=True)
class Grant:
    """One action on one resource pattern, from one statement of a role."""

    role: str
    sid: str
    effect: str
    action: str
    resource: str
    conditions: Any = field(default=None, compare=False)

    def covers(self, need: Need) -> bool:
        """Whether it applies to a need."""
        return self._statement.applies(need.action, need.resource, need.context)

    @cached_property
    def _statement(self) -> Statement:
        written = {"Action": self.action, "Resource": self.resource}
        return Statement(written | ({"Condition": self.conditions} if self.conditions else {}))


class Ledger:
    """Authorizes every call, records the grants that were used, and refuses the rest."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._roles = _roles(deployment)
        self.grants = [
            grant for role in sorted(self._roles.values()) for grant in _grants(deployment, role)
        ]
        self.arns = [
            str(found.attributes["Arn"])
            for found in deployment.resources.values()
            if "Arn" in found.attributes
        ]
        self.used: dict[Grant, set[str]] = {}
        self.needs: dict[tuple[Need, str], None] = {}
        self.refused: list[Need] = []

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Context manager in which calls that a role does not allow fail with AccessDenied."""
        with intercepted(self._deployment, self._judged):
            yield

    def allow(self, need: Need, operation: str) -> bool:
        """Whether the caller's role grants a need; the grants count as used.

        With a customer managed key, everything of the stack is encrypted, so that the role also has
        to grant the use of the key.
        """
        granted = [self._grants(each, operation) for each in (need, *self._of_key(need))]
        return all(granted)

    def _of_key(self, need: Need) -> list[Need]:
        key = self._deployment.parameters.get("KmsKeyArn")
        actions = ON_THE_KEY.get(need.action, set()) if key else ()
        service = need.action.partition(":")[0]
        return [Need(need.caller, action, str(key), service) for action in sorted(actions)]

    def _grants(self, need: Need, operation: str) -> bool:
        role = self._roles[need.caller]
        self.needs[need, operation] = None
        matching = [each for each in self.grants if each.role == role and each.covers(need)]
        allowed = bool(matching) and all(each.effect == "Allow" for each in matching)
        for grant in matching if allowed else ():
            self.used.setdefault(grant, set()).add(operation)
        if not allowed and need not in self.refused:
            self.refused.append(need)
        return allowed

    def judged_by(self, grants: Sequence[Grant]) -> Ledger:
        """Authorize the calls of roles whose grants differ again; the others stand."""
        changed = {grant.role for grant in set(grants) ^ set(self.grants)}
        other = copy.copy(self)
        other.grants = list(grants)
        other.used = {grant: used for grant, used in self.used.items() if grant.role not in changed}
        other.refused = [each for each in self.refused if self._roles[each.caller] not in changed]
        other.needs = {}
        for need, operation in list(self.needs):  # a function may be running
            if self._roles[need.caller] in changed:
                other.allow(need, operation)
            else:
                other.needs[need, operation] = None
        return other

    def roles(self) -> set[str]:
        """Return the roles of all callers."""
        return set(self._roles.values())

    def unused(self) -> list[Grant]:
        """List the grants that no call has used."""
        return [grant for grant in self.grants if grant not in self.used]

    def _judged(self, call: Call, perform: Callable[[], Any]) -> Any:
        if call.caller not in self._roles:
            return perform()  # the policy of its target is looked at when it is delivered
        operation = f"{call.operation}, signed for others" if call.presigned else call.operation
        for need in needs(call, self._deployment):
            if not self.allow(need, operation):
                raise _denied(call, need)
        try:
            return perform()
        except ClientError as error:
            # Without s3:ListBucket, S3 answers AccessDenied for an object that does not exist.
            if call.operation in _OF_ONE_OBJECT and error.response["Error"]["Code"] in _GONE:
                listing = Need(call.caller, "s3:ListBucket", _bucket(call.parameters))
                if not self.allow(listing, f"{call.operation} of what is gone"):
                    raise _denied(call, listing) from error
            raise


def needs(call: Call, deployment: Deployment) -> list[Need]:
    """List the permissions that a call needs.

    Sources: docs.aws.amazon.com/service-authorization/latest/reference and, for versions, the
    pages of the operations in docs.aws.amazon.com/AmazonS3/latest/API.

    Raises:
        LookupError: the permissions of this operation are not known here.
    """
    if call.service == "s3":
        pairs = _of_s3(call)
    elif call.service == "dynamodb":
        pairs = _of_dynamodb(call, deployment)
    else:
        pairs = _of_others(call, deployment)
    return [Need(call.caller, action, resource) for action, resource in pairs]


def _of_s3(call: Call) -> list[tuple[str, str]]:
    given = call.parameters
    versioned = "VersionId" in given
    match call.operation:
        case "GetObject" | "HeadObject":
            return [("s3:GetObjectVersion" if versioned else "s3:GetObject", _object(given))]
        case "GetObjectTagging":
            kind = "s3:GetObjectVersionTagging" if versioned else "s3:GetObjectTagging"
            return [(kind, _object(given))]
        case "PutObject" | "PostObject" | "CreateMultipartUpload":
            kinds = ["s3:PutObject", *(["s3:PutObjectTagging"] if "Tagging" in given else [])]
            return [(kind, _object(given)) for kind in kinds]
        case "UploadPart" | "CompleteMultipartUpload":
            return [("s3:PutObject", _object(given))]
        case "DeleteObject":
            return [("s3:DeleteObjectVersion" if versioned else "s3:DeleteObject", _object(given))]
        case "AbortMultipartUpload":
            return [("s3:AbortMultipartUpload", _object(given))]
        case "PutObjectTagging":
            kinds = ["s3:PutObjectTagging", *(["s3:PutObjectVersionTagging"] if versioned else [])]
            return [(kind, _object(given)) for kind in kinds]
        case "ListObjectVersions":
            return [("s3:ListBucketVersions", _bucket(given))]
        case "ListObjectsV2":
            return [("s3:ListBucket", _bucket(given))]
    raise _unknown(call)


def _of_dynamodb(call: Call, deployment: Deployment) -> list[tuple[str, str]]:
    given = call.parameters
    match call.operation:
        case "DeleteItem" | "GetItem" | "PutItem" | "UpdateItem" | "Scan":
            return [(f"dynamodb:{call.operation}", _arn_of(deployment, given["TableName"]))]
        case "Query":
            table = _arn_of(deployment, given["TableName"])
            index = given.get("IndexName")
            return [("dynamodb:Query", f"{table}/index/{index}" if index else table)]
        case "BatchGetItem":
            tables = given["RequestItems"]
            return [("dynamodb:BatchGetItem", _arn_of(deployment, table)) for table in tables]
        case "TransactWriteItems":
            actions = [next(iter(each.items())) for each in given["TransactItems"]]
            return [
                (f"dynamodb:{kind}Item", _arn_of(deployment, each["TableName"]))
                for kind, each in actions
            ]
    raise _unknown(call)


def _of_others(call: Call, deployment: Deployment) -> list[tuple[str, str]]:
    given = call.parameters
    match call.service, call.operation:
        case "rekognition", "DetectModerationLabels":
            adapter = given.get("ProjectVersion", "*")
            return [("rekognition:DetectModerationLabels", adapter), *_read_by_rekognition(given)]
        case "lambda", "Invoke":
            return [("lambda:InvokeFunction", given["FunctionName"])]
        case "secretsmanager", "GetSecretValue":
            return [("secretsmanager:GetSecretValue", _secret(given["SecretId"]))]
        case "cognito-idp", "ListUserPoolClients":
            return [("cognito-idp:ListUserPoolClients", _arn_of(deployment, given["UserPoolId"]))]
        case "cloudfront", "CreateInvalidation":
            distribution = f"arn:aws:cloudfront::{ACCOUNT}:distribution/{given['DistributionId']}"
            return [("cloudfront:CreateInvalidation", distribution)]
        case "sns", "Publish":
            return [("sns:Publish", given["TopicArn"])]
        case "sqs", "SendMessage" | "ChangeMessageVisibility" | "GetQueueAttributes":
            return [(f"sqs:{call.operation}", _arn_of(deployment, given["QueueUrl"]))]
        case "stepfunctions", "StartExecution" | "StartSyncExecution" | "ListExecutions":
            return [(f"states:{call.operation}", given["stateMachineArn"])]
        case "stepfunctions", "DescribeExecution":
            return [("states:DescribeExecution", given["executionArn"])]
    raise _unknown(call)


def _unknown(call: Call) -> LookupError:
    return LookupError(f"what {call.service}:{call.operation} needs is not known here")


def _read_by_rekognition(given: Any) -> list[tuple[str, str]]:
    """The permissions for an object that Rekognition reads on behalf of its caller."""
    if "S3Object" not in given["Image"]:
        return []
    named = given["Image"]["S3Object"]
    arn = _object({"Bucket": named["Bucket"], "Key": named["Name"]})
    return [("s3:GetObject", arn)] + ([("s3:GetObjectVersion", arn)] if "Version" in named else [])


def _secret(name: str) -> str:
    """The ARN of a secret: its name, and six characters that Secrets Manager chooses."""
    if name.startswith("arn:"):
        return name
    return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-AbCdEf"


def _bucket(given: Any) -> str:
    return f"arn:aws:s3:::{given['Bucket']}"


def _object(given: Any) -> str:
    return f"{_bucket(given)}/{given['Key']}"


def _arn_of(deployment: Deployment, ref: str) -> str:
    (arn,) = (
        str(found.attributes["Arn"]) for found in deployment.resources.values() if found.ref == ref
    )
    return arn


def _roles(deployment: Deployment) -> dict[str, str]:
    """Map each caller to the logical id of its role."""
    names = {
        found.attributes["Arn"]: name
        for name, found in deployment.resources.items()
        if found.type == "AWS::IAM::Role"
    }
    found = deployment.resources
    roles = {name: names[found[name].properties["Role"]] for name in deployment.functions}
    roles |= {name: names[found[name].properties["RoleArn"]] for name in STATE_MACHINES}
    # A queue says in its own policy what the rule may do.
    if "RoleArn" in (target := found[RULE].properties["Targets"][0]):
        roles[RULE] = names[target["RoleArn"]]
    return roles | {
        name: names[resource.properties["Target"]["RoleArn"]]
        for name, resource in found.items()
        if resource.type == "AWS::Scheduler::Schedule"
    }


def _grants(deployment: Deployment, role: str) -> Iterator[Grant]:
    found = deployment.resources
    attached = [
        each.properties
        for each in found.values()
        if each.type == "AWS::IAM::Policy" and found[role].ref in each.properties["Roles"]
    ]
    for policy in [*found[role].properties.get("Policies", []), *attached]:
        for statement in policy["PolicyDocument"]["Statement"]:
            for action in _listed(statement["Action"]):
                for resource in _listed(statement["Resource"]):
                    yield Grant(
                        role,
                        statement.get("Sid", policy["PolicyName"]),
                        statement["Effect"],
                        action,
                        resource,
                        statement.get("Condition"),
                    )


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _denied(call: Call, need: Need) -> ClientError:
    code = "AccessDenied" if call.service == "s3" else "AccessDeniedException"
    message = f"User is not authorized to perform: {need.action} on resource: {need.resource}"
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": 403, "RequestId": "refused"},
    }
    error: type[ClientError] = call.client.exceptions.from_code(code)
    return error(answer, call.operation)
