"""Keeps moto from importing a service that nothing here calls.

moto's Step Functions imports one name of Batch, whose package imports EC2 with its lists of
instance types and zones: a fifth of the time in which the offline AWS is imported.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from types import ModuleType

_BATCH = "moto.batch"


def leave_out_batch() -> None:
    """Import the package of Batch without its `__init__`; its modules are imported as ever."""
    moto = find_spec("moto")
    if moto is None or not moto.submodule_search_locations:
        return
    package = ModuleType(_BATCH)
    package.__path__ = [f"{folder}/batch" for folder in moto.submodule_search_locations]
    sys.modules.setdefault(_BATCH, package)
