"""CloudWatch Logs: what the offline AWS writes, and how it is read."""
