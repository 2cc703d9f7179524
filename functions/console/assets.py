"""The files of the page, read once, and the digest under which they are immutable."""

from __future__ import annotations

import gzip
import hashlib
from typing import TYPE_CHECKING, NamedTuple

from console.bundle import bundle, stylesheet
from console.spaces import without_spaces

if TYPE_CHECKING:
    from pathlib import Path

INDEX = "index.html"
ENTRY = "app.js"
STYLES = "console.css"
"""The module that the page loads; those that it imports are sent along with it."""
_VENDORED = "vendor/"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_DIGITS = 16
_PLACEHOLDER = "{{assets}}"


class Asset(NamedTuple):
    """A file as it is sent: its media type, its bytes, and the same bytes compressed."""

    media_type: str
    plain: bytes
    compressed: bytes

    @classmethod
    def of(cls, name: str, content: bytes) -> Asset:
        """Compress a file.

        Raises:
            KeyError: no media type is known for the suffix of the name.
        """
        suffix = name[name.rindex(".") :]
        return cls(_TYPES[suffix], content, gzip.compress(content, mtime=0))


class Assets:
    """The page and its files.

    The digest is over all files as they are sent, so that a page never mixes those of two
    deployments.

    Args:
        folder: that holds `index.html` and everything it loads.
    """

    def __init__(self, folder: Path) -> None:
        contents = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        contents = _bundled(contents)
        self.digest = _digest(contents)
        page = contents.pop(INDEX).decode().replace(_PLACEHOLDER, f"assets/{self.digest}")
        self.page = Asset.of(INDEX, page.encode())
        self._contents = contents
        self._assets: dict[str, Asset] = {}

    def find(self, digest: str, name: str) -> Asset | None:
        """Return a file; None if there is no such file, or if the digest is of other files."""
        if digest != self.digest or name not in self._contents:
            return None
        if name not in self._assets:
            self._assets[name] = Asset.of(name, self._contents[name])
        return self._assets[name]

    def names(self) -> list[str]:
        """Return the path of every file but the page."""
        return list(self._contents)


def _bundled(contents: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files of a page with its own modules in one, and its style sheets in another."""
    modules = {name: text for name, text in contents.items() if name.endswith(".js")}
    vendored = [name for name in modules if name.startswith(_VENDORED)]
    own = {name: modules[name].decode() for name in modules if name not in vendored}
    sheets = {name: text.decode() for name, text in contents.items() if name.endswith(".css")}
    others = {
        name: content
        for name, content in contents.items()
        if name not in own and name not in sheets
    }
    if STYLES in sheets:
        others[STYLES] = stylesheet(sheets, STYLES).encode()
    if ENTRY in own:
        others[ENTRY] = without_spaces(bundle(own, ENTRY, vendored)).encode()
    return others


def _digest(contents: dict[str, bytes]) -> str:
    found = hashlib.sha256()
    for name, content in contents.items():
        found.update(f"{name}\0{len(content)}\0".encode())
        found.update(content)
    return found.hexdigest()[:_DIGITS]
