"""Settings of every test."""

from __future__ import annotations

import os

from hypothesis import settings

# An example may take any time: on a busy machine a deadline fails at random.
settings.register_profile("without deadlines", deadline=None)
settings.load_profile("without deadlines")

# Powertools reads them when `image_pipeline.observability` is imported, as collecting tests may do.
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "image-pipeline")
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "ImagePipeline")
