"""Answers the requests to the HTTP API that change something; the routes are in `api`."""
