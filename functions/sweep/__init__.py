"""Restarts uploads that got stuck or whose event was dropped."""
