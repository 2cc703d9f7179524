"""What becomes of an upload when any call to AWS goes wrong in any way."""
