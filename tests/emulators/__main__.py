"""Compares the two emulators with AWS's documentation: `python -m tests.emulators MINISTACK`.

Writes docs/emulators.md, and fails if the offline AWS differs from the documentation.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.emulators import page
from tests.emulators.behaviors import BEHAVIORS
from tests.emulators.emulator import ministack, offline_aws

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.emulators.emulator import Emulator


def main(arguments: Sequence[str]) -> int:
    """Compare; return 1 if the offline AWS differs from the documentation."""
    (program,) = arguments
    with offline_aws() as emulator:
        ours = _observed(emulator)
    with ministack(Path(program)) as emulator:
        theirs = _observed(emulator)
    page.write(ours, theirs)
    wrong = [
        f"{behavior.what}: {found}, not {behavior.documented}"
        for behavior, found in zip(BEHAVIORS, ours, strict=True)
        if found != behavior.documented
    ]
    sys.stdout.write("".join(f"{line}\n" for line in wrong))
    return 1 if wrong else 0


def _observed(emulator: Emulator) -> list[str]:
    found = []
    for behavior in BEHAVIORS:
        try:
            found.append(behavior.probe(emulator))
        except Exception as error:  # noqa: BLE001 - whatever an emulator breaks is a finding
            found.append(f"fails: {type(error).__name__}")
        sys.stderr.write(f"{emulator.name}: {behavior.what}: {found[-1]}\n")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
