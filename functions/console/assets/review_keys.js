/** Shortcuts of the review: single keys that a person can remap or turn off (WCAG 2.1.4). */

import { html, useEffect, useRef, useState } from "./vendor/htm-preact-standalone.js";

export const ACTIONS = {
  approve: { name: "Approve", key: "a" },
  reject: { name: "Reject", key: "r" },
  skip: { name: "Skip", key: "s" },
  undo: { name: "Undo", key: "u" },
  reveal: { name: "Reveal while held", key: " " },
  blur: { name: "Turn blur on or off", key: "b" },
  grayscale: { name: "Turn grayscale on or off", key: "g" },
  crop: { name: "Show another crop", key: "c" },
  note: { name: "Write a note", key: "n" },
};

/** Return the key of each action: the default unless the person has chosen another. */
export function keysOf(chosen = {}) {
  return Object.fromEntries(Object.entries(ACTIONS).map(([action, { key }]) => [action, chosen[action] ?? key]));
}

/** Return how a key is written on a page. */
export function keyName(key) {
  if (key === " ") return "Space";
  return key.length === 1 ? key.toUpperCase() : key;
}

/** Return the action of a key press; undefined if it is text, a command of the browser or none. */
export function actionOf(event, keys) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return undefined;
  const { target } = event;
  if (target.matches?.("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])")) return undefined;
  if (target.closest?.("dialog")) return undefined;
  const key = normal(event.key);
  if (key === " " && target.matches?.("button, summary, input, a")) return undefined;
  return Object.keys(keys).find((action) => keys[action] === key);
}

/** Call handlers by action while shortcuts are on: `handlers[action](event)`, for keyup `action:up`. */
export function useShortcuts(handlers, { on, keys }) {
  const latest = useRef(handlers);
  latest.current = handlers;
  useEffect(() => {
    if (!on) return undefined;
    const down = (event) => {
      const action = actionOf(event, keys);
      const handler = action && latest.current[action];
      if (!handler) return;
      event.preventDefault();
      if (!event.repeat) handler(event);
    };
    const up = (event) => {
      const action = Object.keys(keys).find((each) => keys[each] === normal(event.key));
      latest.current[`${action}:up`]?.(event);
    };
    const away = () => latest.current["reveal:up"]?.();
    document.addEventListener("keydown", down);
    document.addEventListener("keyup", up);
    window.addEventListener("blur", away);
    return () => {
      document.removeEventListener("keydown", down);
      document.removeEventListener("keyup", up);
      window.removeEventListener("blur", away);
    };
  }, [on, JSON.stringify(keys)]);
}

/**
 * List of the shortcuts, in which each can be remapped.
 * @param {{on: boolean, setOn: Function, chosen: object, setChosen: Function}} props
 */
export function ShortcutEditor({ on, setOn, chosen, setChosen }) {
  const [editing, setEditing] = useState(null);
  const [problem, setProblem] = useState("");
  const keys = keysOf(chosen);
  const press = (action) => (event) => {
    if (editing !== action || ["Tab", "Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    setEditing(null);
    const key = normal(event.key);
    const other = Object.keys(keys).find((each) => each !== action && keys[each] === key);
    if (key === "Escape" || key === "Enter") return;
    if (other) setProblem(`${keyName(key)} is the key of “${ACTIONS[other].name}”. Choose another.`);
    else {
      setProblem("");
      setChosen({ ...chosen, [action]: key });
    }
  };
  return html`<div class="shortcut-editor">
    <label class="choice"><input type="checkbox" checked=${on} onChange=${(event) => setOn(event.target.checked)} /> Use single keys as shortcuts</label>
    <table>
      <thead><tr><th scope="col">Action</th><th scope="col">Key</th></tr></thead>
      <tbody>${Object.entries(ACTIONS).map(([action, { name }]) => html`<tr>
        <th scope="row">${name}</th>
        <td><button type="button" aria-label=${editing === action ? `Press the new key for “${name}”` : `${keyName(keys[action])}: change the key for “${name}”`}
          onClick=${() => setEditing(action)} onBlur=${() => setEditing(null)} onKeyDown=${press(action)}
        >${editing === action ? "Press a key …" : html`<kbd>${keyName(keys[action])}</kbd>`}</button></td>
      </tr>`)}</tbody>
    </table>
    <p role="status">${problem}</p>
    <p class="quiet">While a reason is asked for, the digits 1 to 7 choose it, Enter rejects and Escape cancels.</p>
    <button type="button" onClick=${() => (setChosen({}), setProblem(""))}>Reset to the defaults</button>
  </div>`;
}

function normal(key) {
  return key.length === 1 ? key.toLowerCase() : key;
}
