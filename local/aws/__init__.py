"""An AWS account on this machine, holding what template.yaml describes."""

from local.aws.moto_imports import leave_out_batch

leave_out_batch()
