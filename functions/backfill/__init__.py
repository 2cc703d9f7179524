"""Decides which images of a backfill have work to do."""
