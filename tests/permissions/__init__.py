"""Tests that the roles of the template grant exactly what is called."""
