"""`python -m ops trace`: tells the life of one picture."""
