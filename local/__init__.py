"""The command line: runs the pipeline on this machine, in an offline AWS."""
