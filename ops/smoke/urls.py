"""Follows the URLs of renditions, and says what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ops.images_api import download
from ops.smoke.checks import rendition_problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ops.smoke.checks import Host

_GONE = {403, 404}  # S3 says 403 where the signer may not know what exists


def rendition_problems(rendition: dict[str, Any], host: Host) -> Iterator[str]:
    """Download a rendition with and without the signature of its URL."""
    name, url = rendition["name"], rendition["url"]
    if problem := host.problem(url):
        yield problem
    try:
        if problem := rendition_problem(rendition, *download(url)):
            yield problem
        status, _ = download(urlsplit(url)._replace(query="").geturl())
    except OSError as error:
        yield f"the URL of {name} does not answer: {error}"
        return
    if status not in _GONE:
        yield f"{name} answers {status} without a signature"


def still_working(urls: Iterable[str], whose: str) -> Iterator[str]:
    """Say which URLs still answer, of those that should not."""
    for url in urls:
        try:
            status, _ = download(url)
        except OSError as error:
            yield f"a URL {whose} does not answer: {error}"
            continue
        if status not in _GONE:
            yield f"a URL {whose} still answers {status}"
