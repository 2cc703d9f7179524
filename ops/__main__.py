"""`python -m ops`: works on a stack in AWS, with the credentials of whoever calls it."""

from __future__ import annotations

import sys

from ops.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
