"""An AWS call that gets no answer raises its error before Lambda stops the function."""

from __future__ import annotations

from typing import Any

import pytest

from api.waiting import LONGEST_WAIT
from image_pipeline import aws
from tests.template.documents import FUNCTIONS, as_list, properties

CLIENTS = {"states": "stepfunctions", "cognito-idp": "cognito"}
"""The functions of `image_pipeline.aws` that are not called like the service in IAM's actions."""
# A name resolves to up to so many addresses, and a connection is tried to each of them:
# docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-multivalue.html
ADDRESSES = {"s3": 8}
SECONDS_FOR_ITS_OWN_WORK = {"ApiFunction": LONGEST_WAIT}
"""Of every other function: 5."""
# The caller gets an error either way; the sweep or a repeated request does what is left.
MAY_BE_STOPPED = {("ApiWriteFunction", name) for name in ("s3", "sns", "states")}
NOT_CALLED = {
    ("ApiFunction", "s3"),  # only signed for others
    ("ProjectorFunction", "sqs"),  # Lambda reports discarded records with the function's role
}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def services_of(function: str) -> set[str]:
    """The services that a function may call."""
    return {
        action.partition(":")[0]
        for policy in properties(f"{function}Role").get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
        for action in as_list(statement["Action"])
    }


def client_of(service: str) -> Any:
    return getattr(aws, CLIENTS.get(service, service))()


def longest_call(service: str) -> float:
    """The seconds that a call takes at most if nothing is ever answered."""
    config = client_of(service).meta.config
    attempts = config.retries["total_max_attempts"]
    one = ADDRESSES.get(service, 1) * config.connect_timeout + config.read_timeout
    # docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html, mode "standard"
    pauses = sum(min(2**number, 20) for number in range(attempts - 1))
    return float(attempts * one + pauses)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_call_without_an_answer_fails_before_the_function_is_stopped(function: str) -> None:
    own_work = SECONDS_FOR_ITS_OWN_WORK.get(function, 5)
    timeout = properties(function)["Timeout"]
    exempt = NOT_CALLED | MAY_BE_STOPPED
    called = {name for name in services_of(function) if (function, name) not in exempt}
    late = {name: longest_call(name) for name in called if longest_call(name) > timeout - own_work}
    assert late == {}


def test_clients_retry_in_the_mode_that_the_arithmetic_is_for() -> None:
    called = {
        service
        for function in FUNCTIONS
        for service in services_of(function)
        if (function, service) not in NOT_CALLED
    } | {"s3"}
    assert called >= {"s3", "dynamodb", "rekognition", "states"}
    assert {client_of(each).meta.config.retries["mode"] for each in called} == {"standard"}
