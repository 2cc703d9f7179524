"""Asks everything of every image as everybody, and compares the answers with what they may tell."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from api.caller import WRITE
from api.routes import READS
from tests.access.asks import ABOUT_IMAGES, asks_of
from tests.access.client import ADMITTED, Ask, read_url
from tests.access.planted import PIXELS, WORDS, kinds_in
from tests.access.world import Image

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from api.routing import Route
    from tests.access.client import Answer, Client
    from tests.access.world import World

_URL = re.compile(r'"(?:url|location)": ?"(http[^"]+)"')
# The only route that shows a picture before its verdict, and to reviewers alone.
_OF_REVIEWERS = "GET /reviews/{id}"
# What differs between any two answers.
_ACCIDENTS = re.compile(r'"(request_id|date|content-length|apigw-requestid)": ?"[^"]*"')


class Result(NamedTuple):
    """What a caller got for a request about an image in a state.

    Args:
        request: the route, with the parameters of the query.
        state: of the image.
        caller: who asked.
        status: of the answer.
        told: the kinds of facts in it.
        violations: what should not be in it.
    """

    request: str
    state: str
    caller: str
    status: int
    told: tuple[str, ...]
    violations: tuple[str, ...]


class Walk:
    """Walks the routes.

    Args:
        world: makes the images.
        client: sends the requests.
        callers: as whom.
    """

    def __init__(self, world: World, client: Client, callers: Sequence[str]) -> None:
        self._world = world
        self._client = client
        self._callers = callers
        self._absent = Image("pending", "a" * 26, "uploads/absent.jpg", [{"absentname": WORDS}])

    def around(self, image: Image, *, changes: bool) -> Iterator[Result]:
        """Ask everything about an image.

        Args:
            image: which stays as it is.
            changes: whether those who may change images do so, each to another image in this state;
                the reviewer only what the owner may not.
        """
        for route in ABOUT_IMAGES.values():
            for caller in self._callers:
                if route.key in READS or caller not in ADMITTED:
                    yield from self._asked(route, image, caller)
                elif changes and (caller == "owner" or WRITE not in route.scopes):
                    other = self._world.image(image.state)
                    yield self._one(route, other, caller, 0)

    def _asked(self, route: Route, image: Image, caller: str) -> Iterator[Result]:
        before = self._world.record(image)
        for position in range(len(list(asks_of(route, image)))):
            yield self._one(route, image, caller, position)
        if self._world.record(image) != before:
            message = f"{caller} changed an image ({image.state}) by {route.key}"
            raise AssertionError(message)

    def _one(self, route: Route, image: Image, caller: str, position: int) -> Result:
        ask = list(asks_of(route, image))[position]
        headers = {} if route.method == "GET" else {"If-Match": self._tag(image, caller)}
        answer = self._client.send(caller, ask, **headers)
        found = self._violations(route, image, caller, ask, answer)
        if caller not in ADMITTED:
            found += self._differences(route, image, caller, position, answer, headers)
        told = tuple(kinds_in(image.secrets, answer.text)) if answer.status < 300 else ()
        request = f"{route.key}{ask.label}"
        return Result(request, image.state, caller, answer.status, told, tuple(found))

    def _tag(self, image: Image, caller: str) -> str:
        """Return the entity tag of an image, or any for a caller who cannot know it."""
        seen = self._client.send(caller, Ask("GET", f"/images/{image.image_id}"))
        return seen.headers.get("etag", '"1-0"')

    def _violations(
        self, route: Route, image: Image, caller: str, ask: Ask, answer: Answer
    ) -> list[str]:
        """Return what the answer tells and should not, directly or by its URLs."""
        shown = image.shown() if caller in ADMITTED else set()
        if route.key == _OF_REVIEWERS and caller == "reviewer" and image.versions:
            shown |= {name for name, kind in image.versions[-1].items() if kind == PIXELS}
        hidden = {name: kind for name, kind in _untold(image, ask).items() if name not in shown}
        found = [
            f"tells {kind}: {', '.join(sorted(names))}"
            for kind, names in kinds_in(hidden, answer.text).items()
        ]
        if answer.status >= 500:
            found.append(f"fails: {answer.status}")
        is_named = image.image_id in answer.text and image.image_id not in ask.text
        if caller not in ADMITTED and is_named:
            found.append("names the image")
        pixels = {name for name in shown if image.secrets[name] == PIXELS}
        for url in _URL.findall(answer.text):
            if image.image_id not in url:  # of another image in a list
                continue
            if not any(quote(name) in url for name in pixels):
                found.append(f"has a URL of something else: {url}")
            elif read_url(url).status != 200:
                found.append(f"has a URL that is refused: {url}")
        return found

    def _differences(
        self,
        route: Route,
        image: Image,
        caller: str,
        position: int,
        answer: Answer,
        headers: dict[str, str],
    ) -> list[str]:
        """Return how the answer differs from that about an image that does not exist."""
        ask = list(asks_of(route, self._absent))[position]
        if ask == list(asks_of(route, image))[position]:  # names no image
            return []
        other = self._client.send(caller, ask, **headers)
        if _comparable(answer, image) == _comparable(other, self._absent):
            return []
        return [f"differs from the answer about no image: {answer.status} and {other.status}"]


def _untold(image: Image, ask: Ask) -> dict[str, str]:
    """Return the secrets of an image that are not in the request itself."""
    known = kinds_in(image.secrets, ask.text)
    repeated = {name for names in known.values() for name in names}
    return {name: kind for name, kind in image.secrets.items() if name not in repeated}


def _comparable(answer: Answer, image: Image) -> tuple[int, str]:
    text = _ACCIDENTS.sub("", answer.text).replace(image.image_id, "<id>")
    return answer.status, text.replace(json.dumps(image.key)[1:-1], "<key>")
