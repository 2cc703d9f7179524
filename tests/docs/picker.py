"""The suffixes that the console offers when somebody chooses files: those of every format."""

from __future__ import annotations

from local.manifest import ROOT
from pictures.formats import FORMATS

PATH = ROOT / "functions" / "console" / "suffixes.py"
_HEAD = '''\
"""Suffixes of the files that the pipeline reads, for the file picker: the content decides.

Written by `make docs` from the formats, which are known to a layer that this function does without.
"""

from __future__ import annotations

SUFFIXES = (
'''


def written() -> str:
    """Return the module, with a line for each suffix."""
    suffixes = (each for known in FORMATS.values() for each in known.extensions)
    return _HEAD + "".join(f'    "{suffix}",\n' for suffix in suffixes) + ")\n"
