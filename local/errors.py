"""What can be wrong with a command line."""

from __future__ import annotations


class UsageError(Exception):
    """The command cannot be carried out as given; the message says why in one line."""


class TemplateError(UsageError):
    """The template, or a parameter given for it, cannot be deployed; the message says why."""
