"""Engines that make the same four renditions, each run as a process of its own."""
