"""Answers the requests to the HTTP API, one module per route."""
