"""`python -m ops rebuild`: rebuilds counts and search terms from the histories of the records."""
