"""The trigger of the user pool: which scopes the groups of a person stand for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.arguments import SCOPES
from signin.handler import handler
from signin.scopes import GROUPS, granted, refused

if TYPE_CHECKING:
    from .conftest import Context

EVENT = json.loads((Path(__file__).parents[2] / "events" / "signin.json").read_text())
READ, WRITE, REVIEW = SCOPES


def token(context: Context, **request: Any) -> dict[str, list[str]]:
    given = EVENT | {"request": EVENT["request"] | request}
    answer = handler(given, context)  # type: ignore[arg-type]
    assert {name: answer[name] for name in EVENT if name != "response"} == {
        name: given[name] for name in EVENT if name != "response"
    }
    details: dict[str, Any] = answer["response"]["claimsAndScopeOverrideDetails"]
    assert details.keys() == {"accessTokenGeneration"}
    found: dict[str, list[str]] = details["accessTokenGeneration"]
    return found


@pytest.mark.parametrize(
    ("groups", "scopes"),
    [
        ([], []),
        (["uploaders"], [READ, WRITE]),
        (["reviewers"], [READ, WRITE, REVIEW]),
        (["uploaders", "reviewers"], [READ, WRITE, REVIEW]),
        (["Reviewers", "admins", "reviewers "], []),
        (["admins", "uploaders"], [READ, WRITE]),
    ],
)
def test_a_token_has_the_scopes_of_the_groups_and_no_other(
    context: Context, groups: list[str], scopes: list[str]
) -> None:
    found = token(context, groupConfiguration={"groupsToOverride": groups})
    assert found["scopesToAdd"] == scopes
    assert set(found["scopesToSuppress"]) == set(SCOPES) - set(scopes)


def test_scopes_that_somebody_asked_for_are_kept_out(context: Context) -> None:
    found = token(
        context,
        groupConfiguration={"groupsToOverride": ["uploaders"]},
        scopes=["openid", REVIEW, "aws.cognito.signin.user.admin", "images:everything"],
    )
    assert set(found["scopesToSuppress"]) == {
        *(REVIEW, "aws.cognito.signin.user.admin", "images:everything"),
    }


@pytest.mark.parametrize("absent", [{"groupConfiguration": None}, {"groupConfiguration": {}}])
def test_a_person_in_no_group_may_nothing(context: Context, absent: Any) -> None:
    found = token(context, **absent, scopes=None)
    assert found == {"scopesToAdd": [], "scopesToSuppress": sorted(SCOPES)}


def test_nobody_is_granted_what_is_refused() -> None:
    for group in GROUPS:
        assert not set(granted([group])) & set(refused([group], SCOPES))
