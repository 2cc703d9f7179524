"""`python -m ops backfill`: processes images again at scale, with the stack's Distributed Map."""
