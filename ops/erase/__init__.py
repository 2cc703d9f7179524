"""`python -m ops erase`: erases the pictures of a person, with all that is known about them."""
