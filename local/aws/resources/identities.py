"""IAM roles and KMS keys. The offline AWS enforces neither."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.aws.resources.registry import Made, call, makes, refuse_changes, updates

if TYPE_CHECKING:
    from local.aws.deployment import Resource
    from local.aws.resources.registry import New


@makes("AWS::IAM::Role")
def role(new: New) -> Made:
    """Create a role with its inline policies; AWS's managed policies do not exist offline."""
    new.pass_over(["ManagedPolicyArns", "Tags"])
    name, policies = new.take("RoleName", new.name), new.take("Policies", [])
    trust = json.dumps(new.take("AssumeRolePolicyDocument"))
    made = call("iam", "create_role", RoleName=name, AssumeRolePolicyDocument=trust, **new.rest())[
        "Role"
    ]
    _put(name, policies)
    return Made(name, {"Arn": made["Arn"], "RoleId": made["RoleId"]})


@updates("AWS::IAM::Role")
def updated_role(new: New, existing: Resource) -> Made:
    """Replace the inline policies of a role."""
    policies = new.take("Policies", [])
    new.pass_over(["ManagedPolicyArns", "Tags"])
    kept = {policy["PolicyName"] for policy in policies}
    for policy in existing.properties.get("Policies", []):
        if policy["PolicyName"] not in kept:
            name = policy["PolicyName"]
            call("iam", "delete_role_policy", RoleName=existing.ref, PolicyName=name)
    _put(existing.ref, policies)
    refuse_changes(new, existing)
    return Made(existing.ref, existing.attributes)


@makes("AWS::IAM::Policy")
def policy(new: New) -> Made:
    """Add an inline policy to roles."""
    name, document = new.take("PolicyName"), new.take("PolicyDocument")
    for each in new.take("Roles"):
        _put(each, [{"PolicyName": name, "PolicyDocument": document}])
    return Made(new.name)


@updates("AWS::IAM::Policy")
def updated_policy(new: New, existing: Resource) -> Made:  # noqa: ARG001
    """Replace an inline policy of roles."""
    return policy(new)


def _put(role: str, policies: list[Any]) -> None:
    for policy in policies:
        call(
            "iam",
            "put_role_policy",
            RoleName=role,
            PolicyName=policy["PolicyName"],
            # SAM omits the version of some policies, which IAM accepts and moto does not.
            PolicyDocument=json.dumps({"Version": "2012-10-17", **policy["PolicyDocument"]}),
        )


@makes("AWS::KMS::Key")
def key(new: New) -> Made:
    """Create a key; nothing is encrypted with it."""
    new.pass_over(["EnableKeyRotation", "PendingWindowInDays", "Tags"])
    policy = json.dumps(new.take("KeyPolicy"))
    made = call("kms", "create_key", Policy=policy, **new.rest())["KeyMetadata"]
    return Made(made["KeyId"], {"Arn": made["Arn"], "KeyId": made["KeyId"]})
