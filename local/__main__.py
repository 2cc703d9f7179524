"""`python -m local`: runs the pipeline on this machine, without an AWS account."""

from __future__ import annotations

import sys

from local.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
