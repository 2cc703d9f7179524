/** The dialog that lists what the keyboard can do. */

import { html, useEffect, useRef, useState } from "./vendor/htm-preact-standalone.js";
import { setting, useSetting } from "./store.js";

const GALLERY = [
  ["Arrows", "go to another picture"],
  ["Home, End, Page Up, Page Down", "go further"],
  ["Enter", "open the picture"],
  ["Space", "select it, or not"],
  ["Shift + arrows", "select several"],
  ["Ctrl + A", "select all that are loaded"],
  ["Escape", "select none"],
];

export function Shortcuts() {
  const dialog = useRef(null);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const show = () => setOpen(true);
    const pressed = (event) => {
      if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (!setting("shortcuts", true) || event.target.closest?.("input, textarea, select, dialog")) return;
      show();
    };
    addEventListener("show-shortcuts", show);
    addEventListener("keydown", pressed);
    return () => {
      removeEventListener("show-shortcuts", show);
      removeEventListener("keydown", pressed);
    };
  }, []);
  useEffect(() => {
    if (open && !dialog.current.open) dialog.current.showModal();
  }, [open]);
  return html`<dialog ref=${dialog} class="sheet" aria-labelledby="keyboard-title" onClose=${() => setOpen(false)}>
    ${open && html`
      <h2 id="keyboard-title">Keyboard</h2>
      <p><kbd>?</kbd> shows this.</p>
      <h3>Pictures</h3>
      <dl class="keys">${GALLERY.map(([keys, what]) => html`<div><dt>${keys}</dt><dd>${what}</dd></div>`)}</dl>
      <h3>Review</h3>
      <${ReviewKeys} />
      <p class="buttons"><button type="button" class="main" onClick=${() => dialog.current.close()}>Close</button></p>`}
  </dialog>`;
}

/** The shortcuts of the review, which can be changed and turned off. */
function ReviewKeys() {
  const [on, setOn] = useSetting("shortcuts", true);
  const [chosen, setChosen] = useSetting("keys", {});
  const [editor, setEditor] = useState(null);
  useEffect(() => {
    import("./review_keys.js").then(
      (found) => setEditor({ found: found.ShortcutEditor }),
      () => setEditor({}),
    );
  }, []);
  if (!editor) return html`<p aria-busy="true">Loading …</p>`;
  if (!editor.found) return html`<p>The shortcuts of the review could not be loaded.</p>`;
  return html`<div class="review"><${editor.found} ...${{ on, setOn, chosen, setChosen }} /></div>`;
}
