"""Cognito user pools. Nobody can sign in to them offline; `local.aws.issuer` is the stand-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws.environment import REGION
from local.aws.resources.registry import Made, call, makes

if TYPE_CHECKING:
    from local.aws.resources.registry import New


@makes("AWS::Cognito::UserPool")
def user_pool(new: New) -> Made:
    """Create a user pool."""
    # Second factors are set by a call of their own, and nobody has one.
    new.pass_over(["EnabledMfas", "MfaConfiguration", "UserPoolTier"])
    pool = call("cognito-idp", "create_user_pool", PoolName=new.take("UserPoolName"), **new.rest())
    identifier = pool["UserPool"]["Id"]
    provider = f"cognito-idp.{REGION}.amazonaws.com/{identifier}"
    attributes = {"Arn": pool["UserPool"]["Arn"], "UserPoolId": identifier}
    names = {"ProviderName": provider, "ProviderURL": f"https://{provider}"}
    return Made(identifier, attributes | names)


@makes("AWS::Cognito::UserPoolClient")
def user_pool_client(new: New) -> Made:
    """Create a client of a user pool."""
    new.pass_over(["RefreshTokenRotation"])
    made = call("cognito-idp", "create_user_pool_client", **new.rest())["UserPoolClient"]
    return Made(made["ClientId"], {"ClientId": made["ClientId"], "Name": made["ClientName"]})


@makes("AWS::Cognito::UserPoolGroup")
def user_pool_group(new: New) -> Made:
    """Create a group of people."""
    return Made(call("cognito-idp", "create_group", **new.rest())["Group"]["GroupName"])


@makes("AWS::Cognito::UserPoolDomain")
def user_pool_domain(new: New) -> Made:
    """Name the domain of a user pool, which nothing serves offline."""
    return Made(new.rest()["Domain"])


@makes("AWS::Cognito::ManagedLoginBranding")
def managed_login_branding(new: New) -> Made:
    """Style nothing: the pages are not served."""
    new.rest()
    return Made(new.name)
