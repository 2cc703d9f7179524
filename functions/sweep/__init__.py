"""Puts back what got stuck or was dropped."""
