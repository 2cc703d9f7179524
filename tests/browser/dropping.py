"""Drops files on a page, as from a file manager."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playwright.sync_api import Locator

_DROP = """(target, files) => {
    const transfer = new DataTransfer();
    for (const [name, type, text] of files) {
        const bytes = Uint8Array.from(atob(text), each => each.charCodeAt(0));
        transfer.items.add(new File([bytes], name, {type}));
    }
    for (const kind of ["dragenter", "dragover", "drop"]) {
        const given = {dataTransfer: transfer, bubbles: true, cancelable: true};
        target.dispatchEvent(new DragEvent(kind, given));
    }
}"""


def drop(target: Locator, files: Mapping[str, bytes], media_type: str = "image/jpeg") -> None:
    """Drop files, by name, on an element."""
    given = [[name, media_type, base64.b64encode(data).decode()] for name, data in files.items()]
    target.evaluate(_DROP, given)
