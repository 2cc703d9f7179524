"""Drops files on a page, as from a file manager, and pastes them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from playwright.sync_api import Locator, Page

_TRANSFER = """(target, [files, events]) => {
    const transfer = new DataTransfer();
    for (const [name, type, text] of files) {
        const bytes = Uint8Array.from(atob(text), each => each.charCodeAt(0));
        transfer.items.add(new File([bytes], name, {type}));
    }
    for (const kind of events) {
        const given = {bubbles: true, cancelable: true};
        target.dispatchEvent(kind === "paste"
            ? new ClipboardEvent(kind, {...given, clipboardData: transfer})
            : new DragEvent(kind, {...given, dataTransfer: transfer}));
    }
}"""
_DRAG = ("dragEnter", "dragOver", "drop")


def drop(target: Locator, files: Mapping[str, bytes], media_type: str = "image/jpeg") -> None:
    """Drop files, by name, on an element."""
    _transfer(target, files, media_type, "dragenter", "dragover", "drop")


def paste(target: Locator, files: Mapping[str, bytes], media_type: str = "image/jpeg") -> None:
    """Paste files, by name, in an element."""
    _transfer(target, files, media_type, "paste")


def drop_paths(page: Page, *paths: Path) -> None:
    """Drop files and folders of the disk on a page, as the browser itself does."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in _DRAG:
        where = {"x": 200, "y": 200}
        session.send("Input.dispatchDragEvent", {"type": kind, "data": data, **where})


def _transfer(target: Locator, files: Mapping[str, bytes], media_type: str, *events: str) -> None:
    given = [[name, media_type, base64.b64encode(data).decode()] for name, data in files.items()]
    target.evaluate(_TRANSFER, [given, events])
