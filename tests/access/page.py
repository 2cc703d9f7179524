"""docs/access.md: what everybody is answered about an image in every state."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.access.client import ADMITTED
from tests.access.world import STATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.access.walk import Result

PATH = Path(__file__).resolve().parents[2] / "docs" / "access.md"
_OPENING = """\
# Who is told what of an image

Written by `make access`. The images are those of one owner, in every state that an image can be in.
In each upload, facts are planted that can be recognized: in the file name, the notes, the tags, the
EXIF data, the moderation labels and the picture itself. Every route is asked about every image by
everybody, with `ApiAuth=JWT`, and each answer, headers included, is searched for the planted facts.
A cell is the status code of the answer and what it tells:

- *words*: the uploader's own, which are the key, the notes and the tags, and whose they are.
- *facts*: what is known of a picture: format, size, checksums, camera, labels.
- *picture*: what it looks like: URLs of renditions, colors and hashes.

In every cell, these invariants hold:

- A caller who may not see an image gets exactly the answer for an image that does not exist. So
  does its owner after a pending upload has expired.
- Before its verdict, nothing is told of a version but its uploader's words. Only of an approved
  version is the *picture* told, and not any more once a later version is refused by moderation or
  the image is deleted.
- URLs lead to renditions of approved versions alone. `GET /reviews/{id}` is the exception: it shows
  reviewers the *picture* that they decide about, by URLs that are valid for 60 seconds.
- A request of somebody who may not make it changes nothing.
- Nobody is told the names of executions.
- No request fails with 5xx.

Altered and expired URLs, and cursors, entity tags and idempotency keys of somebody else, are tried
by `tests/access` as well. Messages on the outcomes topic and to webhooks carry only *words*, the
status and its reason; the operator decides who receives them. With `ApiAuth=IAM`, whoever may sign
requests is answered as the reviewer is here; with `ApiAuth=NONE`, everybody is.
"""


def written(results: Iterable[Result]) -> str:
    """Write the page: a table per request, a row per state, a column per caller."""
    by_request: dict[str, list[Result]] = {}
    for each in results:
        by_request.setdefault(each.request, []).append(each)
    lines = [_OPENING]
    for request, found in by_request.items():
        lines += [f"## {request.replace('?', ' ?')}", "", *_table(found), ""]
    return "\n".join(lines)


def _table(results: Sequence[Result]) -> list[str]:
    cells = {(each.state, each.caller): _cell(each) for each in results}
    callers = list(dict.fromkeys(each.caller for each in results))
    states = [state for state in STATES if any(each.state == state for each in results)]
    columns: dict[tuple[str, ...], list[str]] = {}
    for caller in callers:
        column = tuple(cells.get((state, caller), "–") for state in states)
        columns.setdefault(column, []).append(caller)
    rows: dict[tuple[str, ...], list[str]] = {}
    for position, state in enumerate(states):
        rows.setdefault(tuple(column[position] for column in columns), []).append(state)
    heads = ["; ".join(found) for found in columns.values()]
    return [
        f"| state | {' | '.join(heads)} |",
        "|---" * (len(heads) + 1) + "|",
        *(f"| {'; '.join(found)} | {' | '.join(row)} |" for row, found in rows.items()),
    ]


def _cell(result: Result) -> str:
    broken = "".join(f" **{each}**" for each in result.violations)
    told = ", ".join(result.told) if result.caller in ADMITTED else ""
    return f"{result.status} {told}".strip() + broken
