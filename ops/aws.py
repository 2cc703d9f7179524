"""The caller's AWS account: clients, credentials, and the stack that the command works on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, NoCredentialsError

from image_pipeline.workflow import Workflow
from local.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONFIG = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 4},
    # S3 has a regional host in us-east-1, too, which the functions name in URLs.
    s3={"us_east_1_regional_endpoint": "regional"},
)


class Aws:
    """Makes clients with the caller's credentials.

    Args:
        region: None for that of the caller's configuration.
        profile: None for that of the caller's configuration.
        endpoint_url: of every AWS API; None for AWS's own, or AWS_ENDPOINT_URL.
    """

    def __init__(self, region: str | None, profile: str | None, endpoint_url: str | None) -> None:
        # The aws command line reads AWS_REGION, boto3 only AWS_DEFAULT_REGION.
        region = region or os.environ.get("AWS_REGION")
        self._session = boto3.Session(region_name=region, profile_name=profile)
        self._endpoint_url = endpoint_url

    def client(self, service: str) -> Any:
        """Make a client."""
        return self._session.client(  # type: ignore[call-overload]
            service, endpoint_url=self._endpoint_url, config=_CONFIG
        )

    def credentials(self) -> Credentials:
        """Return the caller's credentials, as they are now.

        Raises:
            NoCredentialsError: there are none.
        """
        found = self._session.get_credentials()
        frozen = found and found.get_frozen_credentials()
        if not (frozen and frozen.access_key and frozen.secret_key):
            raise NoCredentialsError
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token)

    def s3_netloc(self) -> str:
        """Return host and port of S3 in the caller's region."""
        endpoint: str = self.client("s3").meta.endpoint_url
        return urlsplit(endpoint).netloc


@dataclass(frozen=True)
class Stack:
    """A deployed stack, and what it says about itself."""

    name: str
    region: str
    status: str
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]
    cloudformation: Any

    @classmethod
    def find(cls, aws: Aws, name: str) -> Stack:
        """Describe a stack.

        Raises:
            UsageError: there is no such stack.
        """
        client = aws.client("cloudformation")
        region = client.meta.region_name
        try:
            (found,) = client.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
            message = (
                f"there is no stack {name} in {region}: "
                "name another with --stack, or another region with --region"
            )
            raise UsageError(message) from error
        return cls(
            name=found["StackName"],
            region=region,
            status=found["StackStatus"],
            outputs={each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])},
            parameters={
                each["ParameterKey"]: each.get("ParameterValue", "")
                for each in found.get("Parameters", [])
            },
            cloudformation=client,
        )

    def output(self, name: str) -> str:
        """Return an output.

        Raises:
            UsageError: the stack has no such output.
        """
        if name not in self.outputs:
            message = (
                f"the stack {self.name} is in {self.status} and has no output {name}: "
                "name a deployed image pipeline with --stack"
            )
            raise UsageError(message)
        return self.outputs[name]

    def workflow(self, aws: Aws) -> Workflow:
        """Return what processes the uploads of the stack."""
        stepfunctions, sqs = aws.client("stepfunctions"), aws.client("sqs")
        queue = self.outputs.get("UploadsQueueUrl")
        return Workflow(self.output("StateMachineArn"), queue, lambda: stepfunctions, lambda: sqs)

    def resource(self, logical_id: str) -> str:
        """Return the physical id of a resource.

        Raises:
            UsageError: the stack has no such resource.
        """
        try:
            found = self.cloudformation.describe_stack_resource(
                StackName=self.name, LogicalResourceId=logical_id
            )["StackResourceDetail"]
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
            message = (
                f"the stack {self.name} is in {self.status} and has no resource {logical_id}: "
                "name a deployed image pipeline with --stack"
            )
            raise UsageError(message) from error
        return str(found["PhysicalResourceId"])
