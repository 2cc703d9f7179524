"""Handlers as tutorials write them, to compare with."""
