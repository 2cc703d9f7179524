"""Step Functions' Distributed Map: what moto has no grammar for, and does not do.

moto reads no `ItemBatcher`, JSON Lines, inventories or `LOAD_AND_FLATTEN`, counts no failures
against the tolerated percentage, writes no results and heeds no UpdateMapRun.
"""
