"""Measures what an upload uses of each AWS service, offline."""
