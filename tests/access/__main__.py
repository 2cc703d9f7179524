"""Walks every route as everybody in every state, and writes docs/access.md."""

from __future__ import annotations

import os
import sys

# Powertools reads them when `image_pipeline.observability` is imported.
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "image-pipeline")
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "ImagePipeline")

from local.aws.environment import isolated

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from tests.access import page
    from tests.access.client import tokens
    from tests.access.opened import opened
    from tests.access.walk import Result, Walk
    from tests.access.world import STATES


def main() -> int:
    """Write the page.

    Returns:
        The exit code: 1 if an answer tells what it should not.
    """
    results: list[Result] = []
    with isolated(), opened() as (world, client):
        walk = Walk(world, client, [*tokens()])
        for state in STATES:
            sys.stderr.write(f"{state} …\n")
            results += walk.around(world.image(state), changes=True)
    page.PATH.write_text(page.written(results), encoding="utf-8")
    broken = [each for each in results if each.violations]
    for each in broken:
        sys.stderr.write(f"{each}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
