"""Keeps the read model in step with the records."""
