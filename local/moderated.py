"""Keeps what the moderation stand-in was shown, so that anybody can look."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_PNG = b"\x89PNG"


@dataclass(frozen=True)
class Moderated:
    """The pictures that were moderated, by image id, each once however often it was shown."""

    pictures: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))

    def add(self, event: Any, picture: bytes) -> None:
        """Keep a picture that was shown while the moderating function had this event."""
        shown = self.pictures[event["image"]["claim"]["image_id"]]
        if picture not in shown:
            shown.append(picture)

    def taken(self, image_id: str) -> Iterator[tuple[str, bytes]]:
        """Yield the file name and the bytes of each picture of an image, and forget them."""
        for number, picture in enumerate(self.pictures.pop(image_id, []), start=1):
            yield f"moderated-{number}.{'png' if picture.startswith(_PNG) else 'jpg'}", picture
