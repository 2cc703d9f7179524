"""Compares what this project shows of public pictures with what other readers show."""
