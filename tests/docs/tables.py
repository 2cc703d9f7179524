"""Tables that are made from the template and the registry of formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pictures.formats import FORMATS
from tests.template.documents import FUNCTIONS, written

if TYPE_CHECKING:
    from collections.abc import Sequence


def parameters() -> str:
    """Return the parameters of the template: default, accepted values, description."""
    rows = [
        (
            f"`{name}`",
            _default(name, parameter),
            _accepted(parameter),
            " ".join(parameter["Description"].split()),
        )
        for name, parameter in written()["Parameters"].items()
    ]
    return table(("parameter", "default", "accepts", ""), rows)


def functions() -> str:
    """Return the functions of the template, in its order."""
    rows = []
    for name in FUNCTIONS:
        properties = written()["Resources"][name]["Properties"]
        layers = [
            layer["Ref"].removesuffix("Layer").lower()
            for layer in properties["Layers"]
            if "Ref" in layer  # not one that only some stacks have
        ]
        rows.append(
            (
                f"`{name}`",
                f"`functions/{properties['Handler'].partition('.')[0]}/`",
                ", ".join(layers),
                f"{properties['MemorySize']:,} MB",
                f"{properties['Timeout']} s",
                " ".join(properties["Description"].split()),
            )
        )
    return table(("function", "code", "layers", "memory", "timeout", ""), rows)


def formats() -> str:
    """Return the accepted formats, with their extensions and media types."""
    rows = [
        (
            known.name,
            known.description,
            ", ".join(known.extensions),
            f"`{known.content_type}`",
            "to JPEG or PNG" if known.is_converted else "",
        )
        for known in FORMATS.values()
    ]
    return table(("format", "", "extensions", "media type", "converted"), rows)


def _default(name: str, parameter: dict[str, Any]) -> str:
    default = parameter["Default"]
    if name == "Renditions":
        return "four, see below"
    return f"`{default}`" if default else "empty"


def _accepted(parameter: dict[str, Any]) -> str:
    if "AllowedValues" in parameter:
        return ", ".join(f"`{value}`" for value in parameter["AllowedValues"])
    if "MinValue" in parameter:
        return f"{parameter['MinValue']:,} to {parameter['MaxValue']:,}"
    return str(parameter.get("ConstraintDescription", "")).rstrip(".")


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Format a table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
