"""`python -m ops webhooks`: sends outcomes to the webhook of a stack again."""
