"""Part two of a sweep: what every key of the bucket holds, compared with its record."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from image_pipeline.object_keys import UPLOADS_PREFIX
from sweep.decisions import differs, may_be_readable_now, settled
from sweep.listing import list_newest
from sweep.record_pages import records_of

if TYPE_CHECKING:
    from concurrent.futures import Future

    from sweep.listing import Newest, Page, Position
    from sweep.state import State
    from sweep.walker import Walker


def walk_over_bucket(walker: Walker, state: State) -> frozenset[str] | None:
    """Start an execution for every key whose record is of something else.

    Returns:
        The ids of the images of all keys if this walk has covered the bucket, otherwise None.
    """
    progress = state.bucket
    is_whole = not progress.is_under_way
    seen: set[str] = set()
    page = _listing(walker, progress.after).result()
    while True:
        # S3 lists the next page while this one is compared.
        ahead = None if page.is_last else _listing(walker, page.following)
        if is_whole:
            seen.update(walker.id_of(each.key) for each in page.newest)
        has_found = _compare(walker, page)
        if walker.starter.is_full:
            return None  # the next sweep compares this page again
        following = ahead.result() if ahead else None
        keys = len(page.newest)
        progress = progress.after_page(page.following, time.time(), keys, has_found=has_found)
        state.save_bucket(progress)
        if following is None:
            return frozenset(seen) if is_whole else None
        if walker.time.is_up:
            return None
        page = following


def _listing(walker: Walker, after: Position) -> Future[Page]:
    return walker.pool.submit(list_newest, walker.bucket, UPLOADS_PREFIX, after)


def _compare(walker: Walker, page: Page) -> bool:
    """Start executions for keys of a page; return whether there were any."""
    candidates = {walker.id_of(each.key): each for each in settled(page, walker.grace)}
    records = records_of(walker.table_name, list(candidates), walker.pool)
    wanted = {
        found_id: each
        for found_id, each in candidates.items()
        if differs(each, records.get(found_id))
    }
    archived = [
        (found_id, each)
        for found_id, each in candidates.items()
        if found_id not in wanted and may_be_readable_now(records.get(found_id))
    ]
    wanted |= dict(_readable_now(walker, archived))
    starts = [
        walker.pool.submit(walker.starter.start, found_id, each.key, page.listed_at)
        for found_id, each in wanted.items()
    ]
    for start in starts:
        start.result()
    return bool(wanted)


def _readable_now(walker: Walker, archived: list[tuple[str, Newest]]) -> list[tuple[str, Newest]]:
    """Return those whose objects have been brought back from an archive."""
    heads = walker.heads(each.key for _, each in archived)
    return [
        entry
        for entry, found in zip(archived, heads, strict=True)
        if found is not None and not found.archived
    ]
