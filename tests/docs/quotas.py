"""The table of docs/quotas.md."""

from __future__ import annotations

import json

from benchmarks.quotas import VOLUMES, Quota, quotas
from ops.cost.run import default_report
from ops.cost.upload import execution_seconds
from tests.docs.pages import ROOT
from tests.template.documents import FUNCTIONS, properties


def found() -> list[Quota]:
    """Return the quotas for an ordinary photo with the settings of the template."""
    usage = json.loads((ROOT / "docs/cost_usage.json").read_text(encoding="utf-8"))
    memory = {name: properties(name)["MemorySize"] for name in FUNCTIONS}
    report = default_report()
    seconds = execution_seconds(report.stack, report.measured, report.measured.kinds["photo"])
    settings = properties("ImagesApiApiGatewayDefaultStage")["DefaultRouteSettings"]
    return quotas(usage, memory, execution=seconds, api_rate=settings["ThrottlingRateLimit"])


def table() -> str:
    """Return a row for each quota, with what each volume needs of it."""
    head = ["service", "quota", "default (largest regions / smallest)"]
    head += [*(f"{volume:,}" for volume in VOLUMES), "beyond it"]
    rows = [head, ["---"] * len(head)]
    for each in found():
        defaults = f"{each.largest:,} / {each.elsewhere:,}"
        needs = [_need(each, volume) for volume in VOLUMES]
        rows.append([each.service, each.name, defaults, *needs, each.beyond])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _need(quota: Quota, volume: int) -> str:
    need = quota.need(volume)
    text = f"{need:,.0f}" if need >= 10 else f"{need:.2g}"
    if quota.suffices_elsewhere(volume):
        return text
    return f"{text} (raise in small regions)" if quota.suffices(volume) else f"**{text}: raise**"
