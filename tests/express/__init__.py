"""The pipeline with `WorkflowType=EXPRESS`."""
