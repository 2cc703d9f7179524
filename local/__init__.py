"""The offline AWS: deploys template.yaml into moto on this machine and runs it."""
