"""Applies states of images to the read model, atomically and once."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from image_pipeline import aws
from image_pipeline.attribute_values import decode_item, encode
from image_pipeline.read_model.rows import (
    COUNT_SHARDS,
    Row,
    count_actions,
    count_changes,
    image_key,
    row_item,
    row_of,
    word_actions,
)
from image_pipeline.throttling import is_throttle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from image_pipeline.read_model.contribution import Contribution

_ACTIONS = 100  # the most that a transaction and a BatchGetItem take
_ATTEMPTS = 6
_LONGEST_WAIT = 0.8  # seconds
# Longer than a stream keeps records: until then, one of an image that is gone may come again.
_REMEMBERED_SECONDS = 7 * 24 * 3600
_CANCELED = "TransactionCanceledException"
# Another transaction wrote the row of an image or of a count at the same time, or before.
_OVERTAKEN = {"ConditionalCheckFailed", "TransactionConflict"}
_FIRST_SERVER_ERROR = 500
_WITHOUT_CAPACITY = {"ThrottlingError", "ProvisionedThroughputExceeded"}


class State(NamedTuple):
    """A state of an image: its order, and what it contributes; None if the image is gone."""

    order: str
    contribution: Contribution | None


class _Change(NamedTuple):
    """A change of the row of an image, None if it has none yet, and its actions."""

    image_id: str
    before: Row | None
    after: Row
    actions: tuple[dict[str, Any], ...]

    @property
    def contributions(self) -> tuple[Contribution | None, Contribution | None]:
        return self.before.contribution if self.before else None, self.after.contribution


@dataclass(frozen=True)
class Projection:
    """The read model's table.

    Args:
        table_name: of the read model.
        client: returns a client of DynamoDB.
    """

    table_name: str
    client: Callable[[], Any] = aws.dynamodb

    def apply(self, states: Mapping[str, State]) -> dict[str, Exception]:
        """Apply the newest known states of images; older ones than were applied change nothing.

        A state that was applied before changes something only if the rules for contributions have
        changed since.

        Args:
            states: by the ids of the images.

        Returns:
            The errors of the images that could not be applied, by id.
        """
        left, failed = dict(states), {}
        for attempt in range(_ATTEMPTS):
            overtaken: dict[str, State] = {}
            for part in _parts(self._changes(left)):
                error = self._write(part)
                if error is None:
                    continue
                if _is_transient(error):
                    overtaken |= {each.image_id: left[each.image_id] for each in part}
                elif len(part) == 1:
                    failed[part[0].image_id] = error
                else:  # one image must not keep the others of its transaction out
                    for each in part:
                        alone = self._write([each])
                        if alone is not None:
                            failed[each.image_id] = alone
            left = overtaken
            if not left:
                break
            time.sleep(random.uniform(0, _LONGEST_WAIT * (attempt + 1) / _ATTEMPTS))  # noqa: S311
        return failed | dict.fromkeys(left, TimeoutError("other transactions kept interfering"))

    def rows(self, image_ids: Iterable[str]) -> dict[str, Row]:
        """Read the rows of images, those that exist, by id."""
        ids = list(image_ids)
        found: dict[str, Row] = {}
        for start in range(0, len(ids), _ACTIONS):
            keys: Any = {"Keys": [image_key(each) for each in ids[start : start + _ACTIONS]]}
            wanted: Any = {self.table_name: keys | {"ConsistentRead": True}}
            for attempt in range(_ATTEMPTS):
                answer = self.client().batch_get_item(RequestItems=wanted)
                for each in answer["Responses"].get(self.table_name, []):
                    item = decode_item(each)
                    found[item["pk"].partition("#")[2]] = row_of(item)
                wanted = answer.get("UnprocessedKeys")
                if not wanted:
                    break
                time.sleep(random.uniform(0, _LONGEST_WAIT * (attempt + 1) / _ATTEMPTS))  # noqa: S311
            else:
                raise TimeoutError("DynamoDB kept leaving keys unread")
        return found

    def _changes(self, states: Mapping[str, State]) -> Iterator[_Change]:
        known = self.rows(states)
        for image_id, state in states.items():
            change = self._change(image_id, known.get(image_id), state)
            if change is not None:
                yield change

    def _change(self, image_id: str, before: Row | None, state: State) -> _Change | None:
        """Return what a state changes; None for nothing."""
        old = before.contribution if before else None
        if before and (state.order < before.order or state == (before.order, old)):
            return None
        if before and old is not None and state.contribution == old:
            return None
        after = Row(state.order, before.writes + 1 if before else 1, state.contribution)
        words = word_actions(self.table_name, old, after.contribution)
        return _Change(image_id, before, after, (self._row_action(image_id, before, after), *words))

    def _row_action(self, image_id: str, before: Row | None, after: Row) -> dict[str, Any]:
        gone = after.contribution is None
        expires = int(time.time()) + _REMEMBERED_SECONDS if gone else None
        if before is None:
            condition: Any = {"ConditionExpression": "attribute_not_exists(pk)"}
        else:
            condition = {
                "ConditionExpression": "writes = :writes",
                "ExpressionAttributeValues": {":writes": encode(before.writes)},
            }
        item = row_item(image_id, after, expires)
        return {"Put": {"TableName": self.table_name, "Item": item, **condition}}

    def _write(self, part: list[_Change]) -> ClientError | None:
        """Write some changes in one transaction; return the error if DynamoDB refuses it."""
        counts = count_changes(each.contributions for each in part)
        actions: Any = [action for each in part for action in each.actions]
        shard = random.randrange(COUNT_SHARDS)  # noqa: S311 - any will do
        actions += count_actions(self.table_name, shard, counts)
        try:
            self.client().transact_write_items(TransactItems=actions)
        except ClientError as error:
            return error
        return None


def _parts(changes: Iterable[_Change]) -> Iterator[list[_Change]]:
    """Divide changes into what one transaction takes."""
    part: list[_Change] = []
    for change in changes:
        if _size([*part, change]) > _ACTIONS and part:
            yield part
            part = []
        part.append(change)
    if part:
        yield part


def _size(part: list[_Change]) -> int:
    counts = count_changes(each.contributions for each in part)
    return sum(len(each.actions) for each in part) + len(counts)


def _is_transient(error: ClientError) -> bool:
    answer: Any = error.response
    if answer["Error"]["Code"] == _CANCELED:
        codes = {each["Code"] for each in answer.get("CancellationReasons", [])} - {"None"}
        return bool(codes) and codes <= _OVERTAKEN | _WITHOUT_CAPACITY
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return is_throttle(error) or status >= _FIRST_SERVER_ERROR
