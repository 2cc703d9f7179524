from __future__ import annotations

import pytest

from tests.build.artefacts import BUILD, Artefacts


@pytest.fixture(scope="session")
def built() -> Artefacts:
    """The build, which `make test` makes first."""
    if not (BUILD / "template.yaml").is_file():
        pytest.fail("nothing is built: run `make build`", pytrace=False)
    return Artefacts()
