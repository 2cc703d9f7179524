"""Writes what the branches found: the record of an approved, doubtful or refused picture."""
