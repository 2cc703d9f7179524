"""The random driver: many faults, orders and actions of owners at once, from a seed."""
