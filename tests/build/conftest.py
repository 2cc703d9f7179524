from __future__ import annotations

import pytest

from tests.build.artefacts import BUILD, Artefacts


@pytest.fixture(scope="session")
def built() -> Artefacts:
    """The build, made by `make test` before the tests."""
    if not (BUILD / "template.yaml").is_file():
        pytest.fail("There is no build. Run `make build`.", pytrace=False)
    return Artefacts()
