"""`python -m ops rerun`: starts executions again for the records that the caller selects."""
