"""`python -m local run`: put files through the pipeline and say what became of them."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from local.aws.offline import OfflineAws
from local.aws.taxonomy import METADATA
from local.display import NOTICE, Display, print_table
from local.pipeline import Pipeline
from local.uploads import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from local.outcome import Outcome
    from local.uploads import Upload

# Two functions of a picture keep two processors busy; more pictures at once only wait longer.
_AT_ONCE = 4


def run(
    uploads: list[Upload],
    folder: Path,
    moderation: str,
    parameters: Mapping[str, str],
    log: Callable[[str, str], None],
    *,
    as_json: bool,
) -> int:
    """Put files through the pipeline and print what became of them.

    Args:
        uploads: the files.
        folder: where the renditions go.
        moderation: labels for the stand-in; empty for none.
        parameters: of the template, those that shall not have their defaults.
        log: called with each line that a function writes.
        as_json: print one JSON array, and nothing else, to stdout.

    Returns:
        The exit code: 0, or 1 if any file failed.
    """
    metadata = {METADATA: moderation} if moderation else {}
    with (
        Display(len(uploads)) as display,
        OfflineAws(
            functions="processes", parameters=parameters, really_back_off=True, log=log
        ) as aws,
    ):
        outcomes = _process_all(Pipeline(aws, metadata, folder), uploads, display)
    if as_json:
        # Escaped to ASCII: a name may hold bytes that are no text, and stdout may be no UTF-8.
        print(json.dumps([outcome.as_json() for outcome in outcomes], indent=2))
        print(NOTICE, file=sys.stderr)
    else:
        print_table(outcomes, printable(str(folder)))
    return 1 if any(outcome.failed for outcome in outcomes) else 0


def _process_all(pipeline: Pipeline, uploads: list[Upload], display: Display) -> list[Outcome]:
    def process(upload: Upload) -> Outcome:
        line = display.started(str(upload.path))
        try:
            return pipeline.process(upload, line.entered if display.live else None)
        finally:
            line.close()
            display.finished()

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            return list(pool.map(process, uploads))
        finally:
            pipeline.stopping.set()
            pool.shutdown(cancel_futures=True)
