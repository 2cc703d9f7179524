"""Requests made from the OpenAPI document, fitting and unfitting: every answer is as described."""

from __future__ import annotations

import copy
import os
from typing import TYPE_CHECKING, Any

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import unsupported_method

from tests.support.described import DOCUMENT

from .conftest import ISSUER

if TYPE_CHECKING:
    Case = schemathesis.Case[Any]

    from local.aws.offline import OfflineAws

# `make contract` asks for more.
EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "4"))
STEPS = 6
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# API Gateway answers 404 for a method that a path does not have.
GATEWAYS_OWN: list[Any] = [unsupported_method]
# A request that fits its schema may come at the wrong time, or reuse an idempotency key.
UNTIMELY = ["409", "412", "422", "428"]


class Authorized:
    """Presents a token with every scope."""

    def get(self, case: Case, context: schemathesis.AuthContext) -> str:
        return ISSUER.token("mia")

    def set(self, case: Case, data: str, context: schemathesis.AuthContext) -> None:
        case.headers["authorization"] = f"Bearer {data}"


def described() -> schemathesis.BaseSchema:
    schema = schemathesis.openapi.from_dict(copy.deepcopy(DOCUMENT))  # it changes what it reads
    schema.auth(Authorized)
    accepted = schema.config.checks.positive_data_acceptance
    accepted.expected_statuses = [*accepted.expected_statuses, *UNTIMELY]
    return schema


SCHEMA = described()


@SCHEMA.parametrize()
@SETTINGS
def test_every_answer_is_described(case: Case, aws: OfflineAws) -> None:
    answer = case.call_and_validate(base_url=aws.api_url, excluded_checks=GATEWAYS_OWN)
    assert answer.status_code < 500


def test_every_answer_to_requests_that_follow_its_links_is_described(aws: OfflineAws) -> None:
    schema = described()
    schema.config.update(base_url=aws.api_url)

    answered: list[int] = []

    class Links(schema.as_state_machine()):  # type: ignore[misc]
        def validate_response(self, response: Any, case: Case, **given: Any) -> None:
            super().validate_response(response, case, excluded_checks=GATEWAYS_OWN, **given)
            answered.append(response.status_code)

    Links.run(settings=settings(SETTINGS, stateful_step_count=STEPS))
    assert answered
    assert max(answered) < 500
