"""Engines that make the same renditions, each in a process of its own."""
