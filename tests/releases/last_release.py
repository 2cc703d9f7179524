"""The last release: what is deployed of it, and what its states pass to functions.

`python -m tests.releases.last_release` records both of the code as it stands. Run it at each
release: until the next one, tests hold the code compatible with it, and update a stack of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.aws.environment import isolated
from local.aws.in_process import InProcess
from local.aws.moto_patches import replaced
from local.manifest import ROOT, of_package, state_machine
from local.seeds import IN_EVENTS, SEEDS, plant
from tests.releases.trees import pack

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from local.aws.offline import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.aws.invocation import Answer

FILE = Path(__file__).with_suffix(".json")
TREE = Path(__file__).with_suffix(".tar.xz")
"""Template, functions, layers and state machine."""


@dataclass(frozen=True)
class LastRelease:
    """The last release.

    Args:
        definition: of the state machine, with its substitutions still in place.
        passed: what a state passes to each function, by package.
        answered: what the function answers.
    """

    definition: Any
    passed: Mapping[str, Any]
    answered: Mapping[str, Any]


def read() -> LastRelease:
    """Read what was recorded."""
    return LastRelease(**json.loads(FILE.read_text(encoding="utf-8")))


def record() -> LastRelease:
    """Record the code as it stands."""
    answers: dict[str, Any] = {}
    invoke = InProcess.invoke

    def listening(invoker: InProcess, name: str, payload: str) -> Answer:
        answer = invoke(invoker, name, payload)
        for package, seed in IN_EVENTS.items():
            function = aws.deployment.ref(of_package(package).logical_id)
            if name.partition(":")[0] == function and f'"{seed.key}"' in payload:
                answers[package] = json.loads(answer.payload)
        return answer

    with isolated(), OfflineAws() as aws, replaced(InProcess, "invoke", listening):
        plant(aws, *SEEDS, finish_all=True)
    passed = {
        package: json.loads((ROOT / "events" / f"{package}.json").read_text(encoding="utf-8"))
        for package in IN_EVENTS
    }
    return LastRelease(state_machine(), passed, answers)


def main() -> None:
    """Write the files."""
    text = json.dumps(vars(record()), indent=1, ensure_ascii=False)
    FILE.write_text(text + "\n", encoding="utf-8")
    pack(ROOT, TREE)


if __name__ == "__main__":
    main()
