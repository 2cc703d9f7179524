"""Proof that nobody learns of a picture what they may not: see docs/access.md."""
