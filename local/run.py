"""`python -m local run`: puts files through the pipeline and prints the outcome of each."""

from __future__ import annotations

import json
import sys
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from local.aws.offline import OfflineAws
from local.aws.taxonomy import METADATA
from local.display import Display
from local.file_outcome import NOT_DONE, FileOutcome
from local.moderated import Moderated
from local.pipeline import Pipeline
from local.table import NOTICE, print_table
from local.uploads import Upload, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from concurrent.futures import Future
    from pathlib import Path

    from local.uploads import NotUploaded

# The functions of two pictures keep two processors busy; more at once only wait longer.
_AT_ONCE = 4
_INTERRUPTED = 130


def run(
    entries: list[Upload | NotUploaded],
    folder: Path,
    moderation: str,
    parameters: Mapping[str, str],
    log: Callable[[str, str], None],
    *,
    as_json: bool,
) -> int:
    """Put files through the pipeline and print the outcome of each.

    Args:
        entries: the files, and the entries of folders that cannot be uploaded.
        folder: where renditions and moderated pictures are saved.
        moderation: labels for the moderation stand-in; empty for none.
        parameters: of the template, where they differ from the defaults.
        log: called with each line that a function writes.
        as_json: print one JSON array, and nothing else, to stdout.

    Returns:
        The exit code: 0, 1 if any file failed, 130 if the run was interrupted.
    """
    metadata = {METADATA: moderation} if moderation else {}
    uploads = [entry for entry in entries if isinstance(entry, Upload)]
    processed: dict[Upload, FileOutcome] = {}
    moderated = Moderated()
    with suppress(KeyboardInterrupt), ExitStack() as opened:
        if uploads:
            display = opened.enter_context(Display(len(uploads)))
            aws = opened.enter_context(
                OfflineAws(
                    functions="processes",
                    parameters=parameters,
                    really_back_off=True,
                    log=log,
                    moderated=moderated.add,
                )
            )
            _process_all(Pipeline(aws, metadata, folder, moderated), uploads, display, processed)
    outcomes = [_outcome(entry, processed) for entry in entries]
    if as_json:
        # Escaped to ASCII: a name may hold bytes that are not text, and stdout may not be UTF-8.
        print(json.dumps([outcome.as_json() for outcome in outcomes], indent=2))
        print(NOTICE, file=sys.stderr)
    else:
        print_table(outcomes, printable(str(folder)))
    if left := sum(outcome.status == NOT_DONE for outcome in outcomes):
        done = len(outcomes) - left
        message = f"stopped: {done} of {len(outcomes)} files are done, {left} are not"
        print(f"python -m local run: {message}", file=sys.stderr)
        return _INTERRUPTED
    return 1 if any(outcome.failed for outcome in outcomes) else 0


def _outcome(entry: Upload | NotUploaded, processed: Mapping[Upload, FileOutcome]) -> FileOutcome:
    if isinstance(entry, Upload):
        return processed.get(entry, FileOutcome(str(entry.path), NOT_DONE))
    return FileOutcome(str(entry.path), entry.status, explanation=entry.explanation)


def _process_all(
    pipeline: Pipeline, uploads: Iterable[Upload], display: Display, done: dict[Upload, FileOutcome]
) -> None:
    """Process files side by side until all are `done`, or until an interrupt."""

    def process(upload: Upload) -> FileOutcome:
        line = display.started(str(upload.path))
        try:
            return pipeline.process(upload, line.entered if display.live else None)
        finally:
            line.close()

    pool = ThreadPoolExecutor(_AT_ONCE)
    pending = {pool.submit(process, upload): upload for upload in uploads}
    try:
        while pending:
            _collect(pending, done, display)
    except KeyboardInterrupt:
        pipeline.stopping.set()
        pipeline.aws.interrupt()  # so that no thread waits for a function
        pool.shutdown(cancel_futures=True)
        _collect_rest(pending, done)
        raise
    finally:
        pipeline.stopping.set()
        pool.shutdown(cancel_futures=True)


def _collect(
    pending: dict[Future[FileOutcome], Upload], done: dict[Upload, FileOutcome], display: Display
) -> None:
    finished, _ = wait(pending, return_when=FIRST_COMPLETED)
    for future in finished:
        outcome = future.result()
        done[pending.pop(future)] = outcome
        display.finished(failed=outcome.failed)


def _collect_rest(
    pending: dict[Future[FileOutcome], Upload], done: dict[Upload, FileOutcome]
) -> None:
    for future, upload in pending.items():
        if not future.cancelled() and future.exception() is None:
            done[upload] = future.result()
