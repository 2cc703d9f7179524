"""A long run: `python -m tests.fuzz --minutes 10 [--seed N] [--keep FOLDER]`.

Each file is read in a process of its own, with the memory and the time of the functions; what
kills it or is no documented error is kept for a look. The exit status says whether there was any.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random

from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import survive

_MEMORY = 1769 * 1024 * 1024
_SECONDS = 60


def main() -> int:
    """Run for the given time."""
    arguments = argparse.ArgumentParser(prog="python -m tests.fuzz")
    arguments.add_argument("--minutes", type=float, default=1)
    arguments.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    arguments.add_argument("--keep", type=Path, default=Path(".build/fuzz"))
    options = arguments.parse_args()
    end, outcomes, number = time.monotonic() + 60 * options.minutes, Counter[str](), options.seed
    files = seeds()
    for name, data in files.items():  # imports every decoder before the first fork
        survive(data, name.split()[0])
    gc.freeze()
    while time.monotonic() < end:
        for name, seed in files.items():
            number += 1
            data = mutated(seed, list(files.values()), Random(number))
            outcome = _outcome(data, name.split()[0])
            outcomes[outcome] += 1
            if outcome.startswith("!"):
                options.keep.mkdir(parents=True, exist_ok=True)
                kept = options.keep / f"{name.replace(' ', '-')}-{number}"
                kept.write_bytes(data)
                sys.stderr.write(f"{kept}: {outcome[1:]}\n")
    for outcome, count in outcomes.most_common():
        sys.stdout.write(f"{count:8,} {outcome}\n")
    return 1 if any(outcome.startswith("!") for outcome in outcomes) else 0


def _outcome(data: bytes, format_name: str) -> str:
    """The outcome for a file, in a separate process; a bug begins with an exclamation mark."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        os.close(read_end)
        os.write(write_end, _in_child(data, format_name).encode()[-4000:])
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        said = pipe.read().decode(errors="replace")
    _, status = os.waitpid(child, 0)
    return said if status == 0 else f"!killed by {signal.Signals(os.WTERMSIG(status)).name}"


def _in_child(data: bytes, format_name: str) -> str:
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 2)  # the C libraries report the damage
    base = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (base + _MEMORY, resource.RLIM_INFINITY))
    signal.alarm(_SECONDS)
    try:
        return survive(data, format_name)
    except Exception:  # noqa: BLE001 - to find the unexpected ones
        return "!" + traceback.format_exc()


if __name__ == "__main__":
    raise SystemExit(main())
