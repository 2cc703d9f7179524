/** Decisions of the last seconds, which can be undone, and those that were refused. */

import { html, useEffect, useState } from "./vendor/htm-preact-standalone.js";
import { keyName } from "./review_keys.js";
import { useSource } from "./review_calls.js";
import { Name } from "./text.js";

const DONE = { approve: "Approved", reject: "Rejected" };

/** @param {{outbox: object, onUndo: () => void, undoKey?: string}} props */
export function Pending({ outbox, onUndo, undoKey }) {
  useSource(outbox);
  useSeconds(outbox.entries.length > 0);
  const waiting = outbox.entries.findLast(({ state }) => state === "waiting");
  const blocked = outbox.entries.filter(({ state }) => state === "blocked");
  return html`<div class="pending">
    ${outbox.refusals.map((refusal) => html`<p class="notice notice-bad" role="alert">
      <a href=${`#/images/${refusal.id}`}><${Name} text=${refusal.name} /></a>: <${Name} text=${refusal.text} />
      <button type="button" onClick=${() => outbox.dismiss(refusal)}>Dismiss</button>
    </p>`)}
    ${blocked.length > 0 && html`<p class="notice" role="status">
      ${blocked.length === 1 ? "One decision is" : `${blocked.length} decisions are`} not sent yet: <${Name} text=${blocked.at(-1).why ?? "no connection"} />
      <button type="button" onClick=${() => outbox.flush()}>Send now</button>
    </p>`}
    <div class="undo-line">${waiting && html`
      <span>${DONE[waiting.decision]} <${Name} text=${waiting.name} />${waiting.images.length > 1 && ` and ${waiting.images.length - 1} more`}</span>
      <button type="button" onClick=${onUndo}>Undo ${undoKey && html`<kbd aria-hidden="true">${keyName(undoKey)}</kbd>`}
        <span class="undo-seconds" aria-hidden="true">${Math.max(0, Math.ceil((waiting.due - Date.now()) / 1000))} s</span></button>`}
    </div>
  </div>`;
}

function useSeconds(on) {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!on) return undefined;
    const timer = setInterval(() => tick((count) => count + 1), 500);
    return () => clearInterval(timer);
  }, [on]);
}
