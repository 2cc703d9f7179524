"""Stores the results of the branches: the record of an approved, doubtful or rejected picture."""
