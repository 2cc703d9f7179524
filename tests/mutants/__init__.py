"""Mutation testing: does a test fail when the code, the template or the workflow is wrong?

`make mutants` runs it; docs/mutants.md holds the latest score and explains the method.
"""
