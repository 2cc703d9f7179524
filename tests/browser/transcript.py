"""What a screen reader would say: where the focus goes, and what live regions announce."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

_STATES = ("checked", "pressed", "selected", "expanded", "disabled", "invalid", "level")
_UNSAID = {"false", "0"}

# A log says what is added to it; other live regions say all they contain.
_LISTEN = """
addEventListener("DOMContentLoaded", () => {
    const live = "[aria-live]:not([aria-live=off]), [role=log], [role=status], [role=alert]";
    const text = node => (node.textContent ?? "").replace(/\\s+/g, " ").trim();
    const told = new Map();
    new MutationObserver(changes => {
        const regions = new Set();
        for (const {target, addedNodes} of changes) {
            const at = target instanceof Element ? target : target.parentElement;
            const region = at?.closest(live);
            if (region?.matches("[role=log]")) {
                for (const node of addedNodes) if (text(node)) heard("log", text(node));
            } else if (region) regions.add(region);
            else for (const node of addedNodes) {
                if (!(node instanceof Element)) continue;
                if (node.matches(live)) regions.add(node);
                node.querySelectorAll(live).forEach(each => regions.add(each));
            }
        }
        for (const region of regions) {
            const words = text(region);
            if (region.isConnected && words && told.get(region) !== words)
                heard(region.getAttribute("role") ?? "log", words);
            told.set(region, words);
        }
    }).observe(document.body, {childList: true, characterData: true, subtree: true});
});
"""


class Transcript:
    """The transcript of a context, whose page is yet to be opened.

    Args:
        context: without pages.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.lines: list[str] = []
        context.expose_function("heard", self._heard)
        context.add_init_script(_LISTEN)

    def focus(self, page: Page) -> str:
        """Write down the element that has the focus: its role, name and states."""
        session = page.context.new_cdp_session(page)
        found = session.send("Runtime.evaluate", {"expression": "document.activeElement"})
        where = {"objectId": found["result"]["objectId"], "fetchRelatives": False}
        (node, *_) = session.send("Accessibility.getPartialAXTree", where)["nodes"]
        session.detach()
        self.lines.append(_spoken(node))
        return self.lines[-1]

    def press(self, page: Page, *keys: str) -> str:
        """Press keys one after the other; write down each, and where the focus is at the end."""
        for key in keys:
            self.lines.append(f"[{key}]")
            page.keyboard.press(key)
        return self.focus(page)

    def save(self, path: Path) -> None:
        """Write the transcript to a file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in self.lines), encoding="utf-8")

    def _heard(self, kind: str, text: str) -> None:
        self.lines.append(f"({'alert' if kind == 'alert' else 'announced'}) {text}")


def _spoken(node: dict[str, Any]) -> str:
    name = node.get("name", {}).get("value", "")
    facts = {each["name"]: each["value"].get("value") for each in node.get("properties", [])}
    states = [
        f"{state} {facts[state]}" if state == "level" else str(state)
        for state in _STATES
        if state in facts and str(facts[state]).lower() not in _UNSAID
    ]
    return ", ".join([f"{node['role']['value']} “{name}”", *states])
