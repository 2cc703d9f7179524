"""Delivers each outcome to the webhook of the operator, signed."""
