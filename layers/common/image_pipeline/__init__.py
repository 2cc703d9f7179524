"""The workflow core: records, storage, outcomes, models, errors, settings, observability.

It knows no pixels; all that reads pictures is in the package `pictures`.
"""
