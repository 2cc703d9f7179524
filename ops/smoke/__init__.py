"""`python -m ops smoke`: sends five pictures through a deployed stack and removes them again."""
