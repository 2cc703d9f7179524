"""Roles: each grants exactly the permissions that are listed here."""

from __future__ import annotations

import pytest

from tests.template.contracts import CONTRACTS, GIVEN, UNTRACED
from tests.template.documents import FUNCTIONS, as_list, of_type, properties, resources
from tests.template.state_machine import tasks

# Actions that support no resources, or none but adapters:
# docs.aws.amazon.com/service-authorization/latest/reference.
WITHOUT_RESOURCES = {
    "rekognition:DetectModerationLabels",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
}
WITH_ROLES_OF_THEIR_OWN = {"DispatchFunction", "WebhookFunction", "ProjectorFunction"}
"""Functions to whose roles SAM would add a managed policy for every queue or stream."""


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_exactly_its_permissions(function: str) -> None:
    assert _allowed(f"{function}Role") == CONTRACTS[function].permissions


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_have_only_the_managed_policies_for_logs_and_traces(function: str) -> None:
    # SAM writes the partition where it is translated, the template itself leaves it open.
    partition = "AWS::Partition" if function in WITH_ROLES_OF_THEIR_OWN else "aws"
    traces = [] if function in UNTRACED else ["AWSXrayWriteOnlyAccess"]
    assert properties(f"{function}Role")["ManagedPolicyArns"] == [
        f"arn:{partition}:iam::aws:policy/{name}"
        for name in ("service-role/AWSLambdaBasicExecutionRole", *traces)
    ]


def test_the_state_machine_may_use_exactly_what_its_states_name() -> None:
    role = "ImagePipelineStateMachineRole"
    assert {
        (action, resource) for action, resource in _allowed(role) if resource != "*"
    } == _needed_by_states()
    assert properties(role)["ManagedPolicyArns"] == [
        "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess"
    ]


def test_the_state_machine_may_set_up_its_log_delivery() -> None:
    everywhere = {
        action for action, resource in _allowed("ImagePipelineStateMachineRole") if resource == "*"
    }
    assert everywhere == {action for action in WITHOUT_RESOURCES if action.startswith("logs:")}


@pytest.mark.parametrize(
    ("parameters", "resource"),
    [
        ({"ModerationAdapterArn": GIVEN["ModerationAdapterArn"]}, GIVEN["ModerationAdapterArn"]),
        ({"ModerationProvider": "NONE"}, None),
    ],
)
def test_rekognition_is_allowed_for_the_adapter_alone_and_only_if_it_moderates(
    parameters: dict[str, str], resource: str | None
) -> None:
    allowed = _allowed("ModerateFunctionRole", **parameters)
    granted = {where for action, where in allowed if action.startswith("rekognition:")}
    assert granted == ({resource} if resource else set())


@pytest.mark.parametrize("role", list(of_type("AWS::IAM::Role")))
def test_no_role_uses_wildcard_actions_or_resources(role: str) -> None:
    for action, resource in _allowed(role):
        assert "*" not in action
        assert resource != "*" or action in WITHOUT_RESOURCES


@pytest.mark.parametrize("role", list(of_type("AWS::IAM::Role")))
def test_the_statements_of_a_policy_have_different_ids(role: str) -> None:
    """IAM refuses a policy with two statements of one id."""
    for policy in properties(role).get("Policies", []):
        sids = [each["Sid"] for each in policy["PolicyDocument"]["Statement"] if "Sid" in each]
        assert len(sids) == len(set(sids))


@pytest.mark.parametrize("role", list(of_type("AWS::IAM::Role")))
def test_roles_are_assumed_by_one_service(role: str) -> None:
    (trust,) = properties(role)["AssumeRolePolicyDocument"]["Statement"]
    assert (trust["Effect"], as_list(trust["Action"])) == ("Allow", ["sts:AssumeRole"])
    (service,) = as_list(trust["Principal"]["Service"])
    user = {
        "SweepSchedule": "scheduler",
        "Function": "lambda",
        "StateMachine": "states",
        "UploadRule": "events",
    }
    assert service == next(f"{name}.amazonaws.com" for kind, name in user.items() if kind in role)


def test_the_schedule_invokes_the_sweep_for_this_account_and_nothing_else() -> None:
    role = properties("SweepScheduleRole")
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Service": "scheduler.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": "AWS::AccountId"}},
        }
    ]
    assert _allowed("SweepScheduleRole") == {("lambda:InvokeFunction", "SweepFunction.Arn:live")}
    target = properties("SweepFunctionQuarterly")["Target"]
    assert (target["Arn"], target["RoleArn"]) == ("SweepFunctionAliaslive", "SweepScheduleRole.Arn")


def test_nothing_is_open_to_the_public() -> None:
    policies = [
        resource["Properties"]["PolicyDocument"]
        for resource in resources().values()
        if "PolicyDocument" in resource["Properties"] and resource["Type"] != "AWS::IAM::Policy"
    ]
    statements = [statement for policy in policies for statement in policy["Statement"]]
    assert len(statements) == 10  # three per bucket, one for each queue of EventBridge or SNS
    for statement in statements:
        assert statement["Effect"] == "Deny" or set(statement["Principal"]) == {"Service"}
    for permission in of_type("AWS::Lambda::Permission").values():
        if permission["Principal"] == "cognito-idp.amazonaws.com":
            assert permission["SourceArn"] == "UserPool.Arn"
            continue
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert permission["SourceArn"].startswith("arn:AWS::Partition:execute-api:")
    assert not of_type("AWS::Lambda::Url")


def _allowed(role: str, **parameters: str) -> set[tuple[str, str]]:
    statements = [
        statement
        for policy in properties(role, **parameters).get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    assert {statement["Effect"] for statement in statements} <= {"Allow"}
    return {
        (action, resource)
        for statement in statements
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }


def _needed_by_states() -> set[tuple[str, str]]:
    substitutions = properties("ImagePipelineStateMachine")["DefinitionSubstitutions"]
    targets = {
        "arn:${Partition}:states:::lambda:invoke": ("lambda:InvokeFunction", "FunctionName"),
        "arn:${Partition}:states:::sns:publish": ("sns:Publish", "TopicArn"),
        "arn:${Partition}:states:::sqs:sendMessage": ("sqs:SendMessage", "QueueUrl"),
    }
    needed = set()
    for task in tasks():
        state = task.body
        action, parameter = targets[state["Resource"]]
        name = state["Parameters"][parameter].removeprefix("${").removesuffix("}")
        # The state names the queue by its URL, the policy by its ARN.
        arn = substitutions[name] + (".Arn" if action == "sqs:SendMessage" else "")
        needed.add((action, arn))
    return needed
