"""Walkers of the containers that pictures come in: boxes, chunks, segments, directories."""
