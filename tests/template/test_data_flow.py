"""What each step of the state machine passes on: the fields it keeps, and where they go."""

from __future__ import annotations

import pytest

from tests.template.contracts import PASSED_ON
from tests.template.state_machine import states


@pytest.mark.parametrize("name", PASSED_ON)
def test_a_step_passes_on_these_fields(name: str) -> None:
    (state,) = (state.body for state in states() if state.name == name)
    path, fields = PASSED_ON[name]

    assert state.get("ResultPath") == path
    assert state["ResultSelector"] == {f"{field}.$": value for field, value in fields.items()}


def test_no_other_step_selects_from_its_result() -> None:
    assert {state.name for state in states() if "ResultSelector" in state.body} == set(PASSED_ON)


@pytest.mark.parametrize(
    "name", ["NotifyUser", "KeepUnsentNotification", "NotifyOfFailure", "KeepUnsentFailure"]
)
def test_what_a_last_step_answers_is_dropped(name: str) -> None:
    (state,) = (state.body for state in states() if state.name == name)

    assert state.get("ResultPath", "$") is None
