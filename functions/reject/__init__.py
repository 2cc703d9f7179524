"""Finishes the record of an upload that will not be stored: rejected, or failed."""
