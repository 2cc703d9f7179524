"""Claims the record for an upload and judges the file by its header, before any decode."""
