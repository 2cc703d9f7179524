"""Who may call the API of `serve`: the parameters of the template that decide it.

Imports nothing slow, as the command line does before it has checked its arguments.
"""

from __future__ import annotations

from local.errors import UsageError

ISSUER = "https://issuer.localhost"
AUDIENCE = "image-pipeline"


def callers(auth: str | None, parameters: dict[str, str]) -> dict[str, str]:
    """Return the parameters of the template for the option `--auth`.

    Args:
        auth: none, iam or jwt; None if the option was not given.
        parameters: those that were given by themselves.

    Raises:
        UsageError: they contradict the option.
    """
    chosen = (auth or "none").upper()
    given = parameters.get("ApiAuth", chosen)
    if auth and given != chosen:
        message = f"--auth {auth} and ApiAuth={given} contradict each other"
        raise UsageError(message)
    found = {**parameters, "ApiAuth": given}
    if given != "IAM":  # a browser has no credentials to sign with
        found = {"Console": "true", **found}
    if given == "JWT" and "JwtIssuer" not in parameters:
        found = {"JwtAudience": AUDIENCE, **found, "JwtIssuer": ISSUER}
    return found
