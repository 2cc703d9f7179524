"""The console of a stack whose people sign in to its user pool."""
