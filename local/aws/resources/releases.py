"""CodeDeploy, which moves aliases gradually. Offline they move at once, and nothing moves back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws.resources.registry import Made, makes

if TYPE_CHECKING:
    from local.aws.resources.registry import New


@makes("AWS::CodeDeploy::Application")
def application(new: New) -> Made:
    """Accept an application without creating anything."""
    new.pass_over(["ComputePlatform"])
    return Made(new.name)


@makes("AWS::CodeDeploy::DeploymentGroup")
def deployment_group(new: New) -> Made:
    """Accept the deployment group of a function without creating anything."""
    new.pass_over(
        [
            "AlarmConfiguration",
            "ApplicationName",
            "AutoRollbackConfiguration",
            "DeploymentConfigName",
            "DeploymentStyle",
            "ServiceRoleArn",
        ]
    )
    return Made(new.name)
