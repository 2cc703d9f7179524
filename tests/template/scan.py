"""Runs checkov on the translated template: `python -m tests.template.scan CHECKOV TEMPLATE`.

checkov.toml lists the findings that are meant to be so, each with its reason. Fails for a finding
that is not listed, and for an entry that is not found any more or gives no reason.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

BASELINE = Path(__file__).with_name("checkov.toml")


class Finding(NamedTuple):
    """A check that fails for a resource, such as `AWS::S3::Bucket.UploadsBucket`."""

    check: str
    resource: str
    name: str


class Accepted(NamedTuple):
    """A check that may fail, the resources that it may fail for, as patterns, and why."""

    check: str
    resources: tuple[str, ...]
    reason: str


def main(arguments: Sequence[str]) -> int:
    """Scan a template; return 1 if it differs from the baseline."""
    checkov, template = arguments
    wrong = differences(findings(_scanned(checkov, template)), accepted())
    if wrong:
        sys.stdout.write("".join(f"{line}\n" for line in [*wrong, f"see {BASELINE.name}"]))
    return 1 if wrong else 0


def accepted(baseline: Path = BASELINE) -> list[Accepted]:
    """Read the baseline."""
    entries = tomllib.loads(baseline.read_text(encoding="utf-8"))
    return [
        Accepted(check, tuple(entry["resources"]), entry.get("reason", ""))
        for check, entry in entries.items()
    ]


def findings(report: dict[str, Any]) -> list[Finding]:
    """Read a report of checkov.

    Raises:
        ValueError: checkov has not read the template.
    """
    summary = report.get("summary", {})
    if not summary.get("resource_count") or summary.get("parsing_errors"):
        message = f"checkov has not read the template: {summary}"
        raise ValueError(message)
    return [
        Finding(each["check_id"], each["resource"], each["check_name"])
        for each in report["results"]["failed_checks"]
    ]


def differences(found: Collection[Finding], baseline: Collection[Accepted]) -> list[str]:
    """Compare findings with the baseline; return a line for each difference."""
    allowed = {(entry.check, each) for entry in baseline for each in entry.resources}
    unlisted = [
        f"{finding.check} {finding.resource}: {finding.name}"
        for finding in found
        if not any(_covers(entry, finding) for entry in allowed)
    ]
    stale = [
        f"{check} {pattern}: is not found any more"
        for check, pattern in sorted(allowed)
        if not any(_covers((check, pattern), finding) for finding in found)
    ]
    unexplained = [f"{entry.check}: has no reason" for entry in baseline if not entry.reason]
    return unlisted + stale + unexplained


def _covers(entry: tuple[str, str], finding: Finding) -> bool:
    check, pattern = entry
    return check == finding.check and fnmatchcase(finding.resource, pattern)


def _scanned(checkov: str, template: str) -> dict[str, Any]:
    # Without --skip-download, it asks a service of its maker for documentation.
    options = ["--framework", "cloudformation", "--skip-download", "--soft-fail", "--compact"]
    command = [checkov, *options, "--output", "json", "--file", template]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
