"""The dashboard of a stack, drawn from its metrics."""
