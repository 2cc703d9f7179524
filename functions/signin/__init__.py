"""Gives a person who signs in the scopes of the API that their groups stand for."""
