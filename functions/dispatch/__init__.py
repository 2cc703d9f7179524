"""Runs an Express execution for each event of the queue of uploads."""
