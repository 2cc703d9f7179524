"""Audits a lock file for known vulnerabilities: `python -m tests.build.audit LOCK`.

If the vulnerability service cannot be reached, it prints that and succeeds.
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
# Known to be vulnerable: detects a mirror or portal that answers without any data.
_VULNERABLE = {"package": {"name": "pillow", "ecosystem": "PyPI"}, "version": "9.0.0"}
_SECONDS = 10


def main(arguments: list[str]) -> int:
    """Run the audit; return 1 if a package is vulnerable or could not be audited."""
    parser = argparse.ArgumentParser(prog="audit")
    parser.add_argument("lock", type=Path)
    parser.add_argument("--osv-url", default=OSV)
    given = parser.parse_args(arguments)
    why_not = _unusable(given.osv_url)
    if why_not:
        _say(f"SKIPPED: {given.lock} is not audited for known vulnerabilities: {why_not}")
        return 0
    # --strict: a package that could not be audited fails. pip checks the hashes.
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
    """Return why the service cannot be used; "" if it can."""
    body = json.dumps(_VULNERABLE).encode()
    request = urllib.request.Request(osv_url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            known = json.load(answer)
    except (OSError, ValueError) as error:
        return f"{osv_url}: {error}"
    return "" if known.get("vulns") else f"{osv_url} has no vulnerability data"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
