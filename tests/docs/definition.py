"""The parts of template.yaml that come from the tables of routes.

Each stands between `# generated: NAME` and `# end`: the paths of the API, and the events by which
SAM gives each route its function.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from api.routes import READS
from api.write_routes import WRITES
from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from api.routing import Route

TEMPLATE = ROOT / "template.yaml"
_PART = re.compile(r"( *)(# generated: ([a-z ]+)\n)(?:.*\n)*?( *# end\n)")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_:/-]*")


def paths() -> list[str]:
    """Return the paths of the API, with the security that `ApiAuth` asks for."""
    by_path: dict[str, list[Route]] = {}
    for route in (READS | WRITES).values():
        by_path.setdefault(route.path, []).append(route)
    lines = []
    for path, routes in by_path.items():
        lines.append(f"{path}:")
        for route in routes:
            lines += [f"  {line}" for line in _operation(route)]
    return lines


def _operation(route: Route) -> list[str]:
    lines = [f"{route.method.lower()}:", f"  operationId: {route.operation_id}"]
    if route.scopes:
        scopes = ", ".join(route.scopes)
        lines += [
            "  security: !If [ApiIsOpen, !Ref AWS::NoValue,",
            f"    [{{Caller: !If [TokensAreRequired, [{scopes}], []]}}]]",
        ]
    if route.parameters:
        lines.append("  parameters:")
    for each in route.parameters:
        given = {"name": each.name, "in": each.place, "required": each.required}
        lines.append(f"    - {_flow(given | {'schema': each.schema})}")
    lines.append("  responses:")
    for code, response in route.responses.items():
        lines.append(f'    "{code}": {_flow({"description": response.description})}')
    return lines


def _flow(value: Any) -> str:
    """Return a value in YAML's flow style, without the quotes that it does not need."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {_flow(each)}' for name, each in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value not in {"true", "false"}:
        return value
    return json.dumps(value, ensure_ascii=False)


def _events(routes: Collection[Route]) -> list[str]:
    lines = ["Events:"] if routes else []
    for route in routes:
        name = "".join(word.capitalize() for word in route.operation_id.split("_"))
        given = f'ApiId: !Ref ImagesApi, Method: {route.method}, Path: "{route.path}"'
        lines += [f"  {name}:", f"    {{Type: HttpApi, Properties: {{{given}}}}}"]
    return lines


PARTS: dict[str, Callable[[], list[str]]] = {
    "paths": paths,
    "routes that read": lambda: _events(READS.values()),
    "routes that write": lambda: _events(WRITES.values()),
}


def regenerated(text: str) -> str:
    """Return the template with its generated parts made again."""

    def part(found: re.Match[str]) -> str:
        indent, head, name, end = found.groups()
        lines = "".join(f"{indent}{line}\n" for line in PARTS[name]())
        return f"{indent}{head}{lines}{end}"

    return _PART.sub(part, text)
