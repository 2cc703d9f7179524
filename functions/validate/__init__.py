"""Claims the record of an upload and checks the file by its header, before any decode."""
