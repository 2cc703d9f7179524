"""The handlers that tutorials show, as peers to measure against."""
