"""Secrets of Secrets Manager."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from moto.secretsmanager.models import secretsmanager_backends

from local.aws.environment import ACCOUNT, REGION
from local.aws.resources.registry import Made, call, makes, removes, updates

if TYPE_CHECKING:
    from local.aws.deployment import Resource
    from local.aws.resources.registry import New

# Secrets Manager appends six random characters to an ARN; here it is the same in every run.
_SUFFIX = "-000000"


@makes("AWS::SecretsManager::Secret")
def secret(new: New) -> Made:
    """Create a secret, with the value that is given or a random one."""
    new.pass_over(["Tags"])
    name, rule = new.take("Name", new.name), new.take("GenerateSecretString", None)
    value = new.take("SecretString", None) if rule is None else _generated(rule)
    call("secretsmanager", "create_secret", Name=name, SecretString=value, **new.rest())
    made = secretsmanager_backends[ACCOUNT][REGION].secrets[name]
    made.arn = f"{made.arn[: -len(_SUFFIX)]}{_SUFFIX}"
    return Made(made.arn, {"Id": made.arn})


@updates("AWS::SecretsManager::Secret")
def updated_secret(new: New, existing: Resource) -> Made:
    """Change the description or the value; a rule that stays generates no other value."""
    new.pass_over(["Tags", "Name"])
    rule, value = new.take("GenerateSecretString", None), new.take("SecretString", None)
    if rule is not None and rule != existing.properties.get("GenerateSecretString"):
        value = _generated(rule)
    call("secretsmanager", "update_secret", SecretId=existing.ref, SecretString=value, **new.rest())
    return Made(existing.ref, existing.attributes)


@removes("AWS::SecretsManager::Secret")
def removed_secret(existing: Resource) -> None:
    """Delete a secret at once, as CloudFormation does."""
    call("secretsmanager", "delete_secret", SecretId=existing.ref, ForceDeleteWithoutRecovery=True)


def _generated(rule: dict[str, Any]) -> str:
    """Generate a random value: by itself, or under a key of a JSON template."""
    options = dict(rule)
    template, key = options.pop("SecretStringTemplate", None), options.pop("GenerateStringKey", "")
    password: str = call("secretsmanager", "get_random_password", **options)["RandomPassword"]
    return password if template is None else json.dumps(json.loads(template) | {key: password})
