"""What the functions share: configuration, errors, models, records, storage, observability."""
