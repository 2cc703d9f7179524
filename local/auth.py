"""Who may call the API of `serve`: the parameters of the template that decide it.

Imports nothing slow, as the command line does before it has checked its arguments.
"""

from __future__ import annotations

from local.errors import UsageError

ISSUER = "https://issuer.localhost"
AUDIENCE = "image-pipeline"
CONSOLE = "console"
"""Client id of the page at the issuer."""


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
    if given == "JWT" and "JwtIssuer" not in parameters:
        own = {"JwtAudience": AUDIENCE, "ConsoleClientId": CONSOLE}
        found = {**own, **found, "JwtIssuer": ISSUER}
    # A browser has no AWS credentials to sign with, and another issuer has to know the page.
    if given == "NONE" or found.get("ConsoleClientId"):
        found = {"Console": "true", **found}
    return found
