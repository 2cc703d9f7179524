"""Tests of functions in processes; each opens an offline AWS of its own."""
