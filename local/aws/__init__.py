"""An AWS account on this machine, holding what template.yaml describes."""
