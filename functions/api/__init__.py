"""Answers `GET /images/{id}`."""
