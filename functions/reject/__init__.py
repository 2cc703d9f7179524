"""Closes the record of an upload that will not be stored: the file's fault, or the pipeline's."""
