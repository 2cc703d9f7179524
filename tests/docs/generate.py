"""Writes the parts of the documentation that come from the code, template and state machine.

Each part stands between `<!-- generated: NAME -->` and `<!-- end -->`. `make docs` rewrites
them, the routes in the template, the picture in the README, the chart of the cost and the suffixes
that the console offers;
`test_generated.py` fails when one is out of date.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.docs import (
    costs,
    definition,
    diagrams,
    expenses,
    latency,
    openapi_page,
    picker,
    quotas,
    sample_strip,
    tables,
)
from tests.docs.pages import PAGES

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS: dict[str, Callable[[], str]] = {
    "workflow": diagrams.workflow,
    "resources": diagrams.resources,
    "functions": tables.functions,
    "parameters": tables.parameters,
    "formats": tables.formats,
    "expenses": expenses.expenses,
    "memory": latency.settings,
    "way": latency.stages,
    "frontier": latency.frontier,
    "coldstarts": latency.cold_starts,
    "quotas": quotas.table,
    **costs.parts(),
}
_PART = re.compile(r"(<!-- generated: ([a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def parts_in(text: str) -> list[str]:
    """Return the names of the generated parts of a page."""
    return [name for _, name, _ in _PART.findall(text)]


def regenerated(text: str) -> str:
    """Return the page with every generated part made again."""
    return _PART.sub(lambda part: f"{part[1]}{PARTS[part[2]]()}\n{part[3]}", text)


def main() -> None:
    """Rewrite every page, the routes in the template, the OpenAPI document, and the picture."""
    template = definition.TEMPLATE
    template.write_text(
        definition.regenerated(template.read_text(encoding="utf-8")), encoding="utf-8"
    )
    for path in PAGES:
        path.write_text(regenerated(path.read_text(encoding="utf-8")), encoding="utf-8")
    openapi_page.PATH.write_text(openapi_page.written(), encoding="utf-8")
    picker.PATH.write_text(picker.written(), encoding="utf-8")
    sample_strip.PATH.write_bytes(sample_strip.drawn())
    costs.draw()


if __name__ == "__main__":
    main()
