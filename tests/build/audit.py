"""Looks for known vulnerabilities in what a lock pins: `python -m tests.build.audit LOCK`.

Where the service that knows them cannot be asked, it says so and fails nothing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

OSV = "https://api.osv.dev/v1/query"
# Vulnerable for sure: a mirror or a portal that knows nothing would find everything in order.
_VULNERABLE = {"package": {"name": "pillow", "ecosystem": "PyPI"}, "version": "9.0.0"}
_SECONDS = 10


def main(arguments: list[str]) -> int:
    """The exit code: 1 if something is vulnerable, or could not be looked at after all."""
    parser = argparse.ArgumentParser(prog="audit")
    parser.add_argument("lock", type=Path)
    parser.add_argument("--osv-url", default=OSV)
    given = parser.parse_args(arguments)
    why_not = _unusable(given.osv_url)
    if why_not:
        _say(f"SKIPPED: {given.lock} is not audited for known vulnerabilities: {why_not}")
        return 0
    # --strict: what could not be looked at is not taken for safe. The hashes are pip's to check.
    command = [
        *(sys.executable, "-m", "pip_audit", "--strict", "--disable-pip", "--no-deps"),
        *("--progress-spinner", "off", "--vulnerability-service", "osv"),
        *("--osv-url", given.osv_url, "--requirement", str(given.lock)),
    ]
    audited = subprocess.run(command, check=False, capture_output=True, text=True)
    if audited.returncode:
        _say(audited.stdout + audited.stderr)
    return audited.returncode


def _unusable(osv_url: str) -> str:
    """Why the service is of no use; "" if it is."""
    body = json.dumps(_VULNERABLE).encode()
    request = urllib.request.Request(osv_url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            known = json.load(answer)
    except (OSError, ValueError) as unreachable:
        return f"{osv_url}: {unreachable}"
    return "" if known.get("vulns") else f"{osv_url} knows of no vulnerabilities at all"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
