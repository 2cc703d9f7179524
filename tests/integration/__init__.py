"""The real template and the real state machine, in the offline AWS."""
