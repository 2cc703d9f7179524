"""The recipes of CONTRIBUTING.md, applied step by step to a copy of the project.

At every stage the contract tests fail for exactly what is missing, and at the end for nothing. A
recipe changes at most three files besides its own new modules, its tables in
the documentation and generated files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.recipes.tree import Tree, places_named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GENERATED = {"docs/memory_size.json", "docs/limits.json"}
"""Figures that benchmarks write."""


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    copied = Tree(tmp_path)
    yield copied
    copied.close()


def check_places(tree: Tree, recipe: str) -> None:
    """Compare the changed files with those that the recipe names."""
    documentation = {
        path for path in tree.places if path.endswith(".md") or path.startswith("docs/")
    }
    assert (
        tree.places - documentation
        == {path for path in places_named(recipe) if not path.endswith(".md")} - GENERATED
    )
    assert len(tree.places - documentation) <= 3
    assert documentation <= places_named(recipe)


def test_a_refusal_reason(tree: Tree) -> None:
    contracts = (
        "tests/docs/test_contracts.py::test_every_reason_is_explained_once",
        "tests/unit/test_refusals.py",
    )
    tree.insert(
        "layers/common/image_pipeline/errors.py", '    CORRUPT = "corrupt"\n', '    SPAM = "spam"\n'
    )
    assert tree.failing(*contracts) == {
        "test_every_reason_is_explained_once",
        "test_every_reason_is_given_somewhere",
    }
    tree.insert(
        "layers/common/image_pipeline/refusals.py",
        "def corrupt() -> ValidationError:",
        "def spam() -> ValidationError:\n"
        '    """Return the refusal of an advertisement (`spam`)."""\n'
        '    return ValidationError(Reason.SPAM, "This is an advertisement; upload a picture.")\n'
        "\n\n",
    )
    assert tree.failing(*contracts) == {"test_every_reason_is_explained_once"}
    tree.insert("docs/api.md", "| `corrupt` |", "| `spam` | rejected | an advertisement |\n")
    assert tree.failing(*contracts) == set()
    check_places(tree, "A refusal reason")


def test_an_output_format(tree: Tree) -> None:
    contracts = (
        "tests/unit/test_specs.py",
        "tests/unit/test_renditions_stored.py::test_the_settings_of_every_format_are_tested",
        "tests/unit/test_renditions_stored.py::test_each_format_is_encoded_with_its_settings",
        "tests/template/test_renditions_pattern.py::test_every_fit_and_format_may_be_deployed",
        "tests/docs/test_contracts.py::test_every_part_of_a_rendition_is_explained",
    )
    encode = "functions/thumbnail/encode.py"
    tree.insert(encode, '    AVIF = "avif"\n', '    BMP = "bmp"\n')
    assert tree.failing(*contracts) == {
        "test_every_fit_goes_with_every_format",  # it has no default quality
        "test_the_settings_of_every_format_are_tested",
        "test_every_fit_and_format_may_be_deployed",
        "test_every_part_of_a_rendition_is_explained",
    }
    tree.replace(encode, "Format.AVIF: 65}", "Format.AVIF: 65, Format.BMP: 100}")
    tree.insert(encode, "        case Format.AVIF:\n",
                '        case Format.BMP:\n            return {}\n')  # fmt: skip
    assert tree.failing(*contracts) == {
        "test_the_settings_of_every_format_are_tested",
        "test_every_fit_and_format_may_be_deployed",
        "test_every_part_of_a_rendition_is_explained",
    }
    tree.replace("template.yaml", "|png|avif)", "|png|avif|bmp)")
    tree.insert(
        "tests/unit/test_renditions_stored.py",
        '    "AVIF": (\n',
        '    "BMP": ("200x150:cover:bmp", {}),\n',
    )
    assert tree.failing(*contracts) == {"test_every_part_of_a_rendition_is_explained"}
    tree.replace("docs/parameters.md", "`webp`, `jpeg`, `png`, `avif`",
                 "`webp`, `jpeg`, `png`, `bmp`, `avif`")  # fmt: skip
    assert tree.failing(*contracts) == set()
    check_places(tree, "An output format")


def test_a_route(tree: Tree) -> None:
    contracts = (
        "tests/unit/test_api.py",
        "tests/template/test_api.py",
        "tests/docs/test_contracts.py::test_every_route_is_documented",
    )
    tree.add(
        "functions/api/get_status.py",
        '''"""GET /images/{id}/status: the status of one image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.get_image import ROUTE as GET_IMAGE

if TYPE_CHECKING:
    from api.images import Images


def answer(images: Images, id: str) -> dict[str, Any]:  # noqa: A002 - the parameter's name
    """Show the status of the image with an id."""
    return {"status": images.show(id)["status"]}


ROUTE = GET_IMAGE._replace(
    path="/images/{id}/status", summary="Get the status of an image", answer=answer
)
''',
    )
    assert tree.failing(*contracts) == {"test_every_module_of_a_route_is_in_the_table"}
    tree.replace("functions/api/routes.py", "find_image, get_image\n",
                 "find_image, get_image, get_status\n")  # fmt: skip
    tree.replace("functions/api/routes.py", "find_image.ROUTE)",
                 "find_image.ROUTE, get_status.ROUTE)")  # fmt: skip
    assert tree.failing(*contracts) == {
        "test_routes",
        "test_the_template_has_the_routes_of_the_table_and_no_others",
    }
    tree.insert(
        "template.yaml",
        "        FindImage: {",
        "        GetStatus:\n"
        "          Type: HttpApi\n"
        "          Properties: {ApiId: !Ref ImagesApi, Method: GET, Path: '/images/{id}/status'}\n",
    )
    assert tree.failing(*contracts) == {"test_every_route_is_documented"}
    row = "| `GET /images/{id}/status` | the status of the image with this id |\n"
    tree.insert("docs/api.md", "| `GET /images?key=", row)
    assert tree.failing(*contracts) == set()
    check_places(tree, "A route")
