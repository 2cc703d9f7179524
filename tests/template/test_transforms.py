"""Restrictions of AWS::LanguageExtensions, which runs before SAM's transform."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.template.documents import written

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_language_extensions_come_first() -> None:
    assert written()["Transform"] == ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"]


def test_nothing_refers_to_resources_that_only_sam_creates() -> None:
    """github.com/aws/serverless-application-model/issues/2778."""
    known = set(written()["Parameters"]) | set(written()["Resources"])
    unknown = {name for name in _references(written()) if name not in known}
    assert {name for name in unknown if not name.startswith("AWS::")} == set()


def test_no_mapping_begins_with_a_condition() -> None:
    """It would be parsed as the intrinsic function: "Condition layout is incorrect".

    github.com/aws-cloudformation/cfn-language-discussion/issues/147
    """
    mappings = [found for found in _walk(written()) if isinstance(found, dict) and found]
    assert [found for found in mappings if next(iter(found)) == "Condition"] == []


def test_no_intrinsic_function_of_the_extensions_is_used() -> None:
    """SAM's command line and the linters do not expand them."""
    keys = {key for found in _walk(written()) if isinstance(found, dict) for key in found}
    functions = {str(key).rsplit("::", 1)[0] if "ForEach" in str(key) else key for key in keys}
    assert not functions & {"Fn::ForEach", "Fn::Length", "Fn::ToJsonString"}


def _references(document: Any) -> Iterator[str]:
    for found in _walk(document):
        if not isinstance(found, dict):
            continue
        if isinstance(found.get("Ref"), str):
            yield found["Ref"]
        if "Fn::GetAtt" in found:
            target = found["Fn::GetAtt"]
            yield (target.split(".") if isinstance(target, str) else target)[0]
        if isinstance(found.get("Fn::Sub"), str):
            yield from (name.split(".")[0] for name in re.findall(r"\$\{(.+?)\}", found["Fn::Sub"]))


def _walk(value: Any) -> Iterator[Any]:
    yield value
    for child in value.values() if isinstance(value, dict) else value:
        if isinstance(child, dict | list):
            yield from _walk(child)
