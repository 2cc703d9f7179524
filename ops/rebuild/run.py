"""Rebuilds the read model while the projector works: both apply differences, so both may."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from image_pipeline.read_model.projection import Projection, State
from ops.aws import Stack
from ops.pace import Pace, Patience, now_and_then
from ops.rebuild.records import lacking, told
from ops.rebuild.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.aws import Aws

# After everything that the removed record was, as the projector has it.
_GONE = "~"


def rebuild(aws: Aws, stack_name: str, rate: float, say: Callable[[str], None]) -> int:
    """Rebuild the read model of a stack.

    Args:
        aws: the caller's account.
        stack_name: of the stack.
        rate: the most read units a second of each table.
        say: called with each line to print.

    Returns:
        The number of images that could not be rebuilt.
    """
    stack = Stack.find(aws, stack_name)
    rebuilding = Rebuilding(
        Tables(
            aws.client("dynamodb"),
            stack.output("ImagesTableName"),
            stack.resource("ReadModelTable"),
            Pace(rate),
            Patience(say),
            now_and_then(lambda: say(f"{len(rebuilding.seen):,} records were read …")),
        ),
        say,
    )
    try:
        rebuilding.run()
    finally:
        rebuilding.tell()
    return rebuilding.failed


@dataclass
class Rebuilding:
    """One run over both tables, and what it has found.

    Args:
        tables: to read and to write.
        say: called with each line to print.
    """

    tables: Tables
    say: Callable[[str], None]
    seen: set[str] = field(default_factory=set)
    completed: int = 0
    different: int = 0
    gone: int = 0
    failed: int = 0

    def run(self) -> None:
        """Apply what the histories tell, then remove what belongs to no record any more."""
        for page in self.tables.records():
            states = {}
            for record in page:
                self.seen.add(record["image_id"])
                missing = lacking(record)
                if missing and self.tables.complete(record, missing):
                    self.completed += 1
                    record |= missing
                state, is_same = told(record)
                self.different += not is_same
                states[record["image_id"]] = state
            self._apply(states)
        for image_id, row in self.tables.rows():
            is_left = row.contribution is not None and image_id not in self.seen
            # An image may have come since its page was read.
            if is_left and not self.tables.has_record(image_id):
                self.gone += 1
                self._apply({image_id: State(f"{row.order}{_GONE}", None)})

    def _apply(self, states: dict[str, State]) -> None:
        projection = Projection(self.tables.read_model, lambda: self.tables.dynamodb)
        for image_id, error in projection.apply(states).items():
            self.failed += 1
            self.say(f"{image_id}  {' '.join(str(error).split())}")

    def tell(self) -> None:
        """Say what was done."""
        self.say(f"{len(self.seen):,} records were read")
        for number, what in (
            (self.completed, "of earlier releases have got their place in the lists"),
            (self.different, "differ from their history, which was taken"),
            (self.gone, "images were still counted or found, but have no record any more"),
            (self.failed, "could not be rebuilt: run it again"),
        ):
            if number:
                self.say(f"{number:,} {what}")
