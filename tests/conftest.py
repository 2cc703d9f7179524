"""Settings of every test."""

from __future__ import annotations

from hypothesis import settings

# An example may take any time: on a busy machine a deadline fails at random.
settings.register_profile("without deadlines", deadline=None)
settings.load_profile("without deadlines")
