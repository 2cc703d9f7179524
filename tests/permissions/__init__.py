"""Whether the roles of the template grant what is called, and nothing else."""
