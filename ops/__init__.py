"""The commands against a deployed stack."""
