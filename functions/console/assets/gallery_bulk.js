/** What can be done with several images at once. */

import { html, useEffect, useRef, useState } from "./vendor/htm-preact-standalone.js";
import { Name, count, fileName } from "./text.js";

const BATCH = 100; // ids that the API takes at once
const AT_ONCE = 4;
const SHOWN = 5; // failures

/**
 * @param {{api: object, list: object, selection: Set<string>, setSelection: Function,
 *   announce: Function, may: boolean}} props
 */
export function Bulk({ api, list, selection, setSelection, announce, may }) {
  const [asking, setAsking] = useState(false);
  const [progress, setProgress] = useState(null);
  const [failures, setFailures] = useState([]);
  const name = (id) => fileName(list.images.find((image) => image.image_id === id)?.key ?? id);

  const run = async (word, work) => {
    const ids = [...selection];
    const failed = new Map();
    setFailures([]);
    setProgress({ word, done: 0, all: ids.length });
    await work(ids, failed, (done) => setProgress({ word, done, all: ids.length }));
    setProgress(null);
    setSelection(new Set(failed.keys())); // what is left can be tried again
    setFailures([...failed].map(([id, detail]) => ({ id, name: name(id), detail })));
    const well = count(ids.length - failed.size, "picture");
    if (!failed.size) requestAnimationFrame(focusTile); // the bar and its buttons are gone
    announce(`${word} ${well}.${failed.size ? ` ${count(failed.size, "picture")} could not be: they are still selected.` : ""}`);
  };
  const erase = () => run("Deleted", async (ids, failed, report) => {
    for (let start = 0; start < ids.length; start += BATCH) {
      const batch = ids.slice(start, start + BATCH);
      try {
        const { body } = await api.request("POST", "/images/bulk-delete", { body: { image_ids: batch } });
        body.results.filter(({ status }) => status !== "deleted").forEach(({ image_id: id, detail }) => failed.set(id, detail));
      } catch (error) {
        batch.forEach((id) => failed.set(id, error.message));
      }
      list.drop(new Set(batch.filter((id) => !failed.has(id))));
      report(Math.min(ids.length, start + BATCH));
    }
  });
  const again = () => run("Processing again:", async (ids, failed, report) => {
    const left = [...ids];
    let done = 0;
    const worker = async () => {
      for (let id = left.shift(); id; id = left.shift()) {
        try {
          await api.request("POST", `/images/${encodeURIComponent(id)}/reprocess`);
        } catch (error) {
          failed.set(id, error.message);
        }
        report((done += 1));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    list.look();
  });

  const none = Boolean(progress);
  if (!selection.size && !progress && !failures.length) return null;
  return html`<div class="bulk" role="group" aria-label="Selected pictures">
    <p>${progress ? `${progress.done} of ${progress.all} …` : `${selection.size.toLocaleString("en")} selected`}</p>
    ${may && html`<button type="button" disabled=${none} onClick=${again}>Process again</button>
      <button type="button" class="danger" disabled=${none} onClick=${() => setAsking(true)}>Delete …</button>`}
    <button type="button" disabled=${none} onClick=${() => setSelection(new Set())}>Select none</button>
    ${failures.length > 0 && html`<div class="notice notice-bad" role="alert">
      <ul>${failures.slice(0, SHOWN).map(({ id, name: text, detail }) => html`<li key=${id}><${Name} text=${text} />: <${Name} text=${detail} /></li>`)}
        ${failures.length > SHOWN && html`<li>and ${failures.length - SHOWN} more</li>`}</ul>
      <button type="button" onClick=${() => setFailures([])}>Dismiss</button></div>`}
    ${asking && html`<${Question} number=${selection.size} onNo=${() => setAsking(false)} onYes=${() => (setAsking(false), erase())} />`}
  </div>`;
}

function focusTile() {
  (document.querySelector('.tile-link[tabindex="0"]') ?? document.querySelector("main h1"))?.focus();
}

function Question({ number, onYes, onNo }) {
  const dialog = useRef(null);
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current.showModal();
    return () => opener?.isConnected && opener.focus();
  }, []);
  return html`<dialog ref=${dialog} class="sheet" aria-labelledby="bulk-question" onClose=${onNo}>
    <p id="bulk-question">Delete ${count(number, "picture")}? The uploads and all renditions are deleted for good.</p>
    <div class="buttons"><button type="button" onClick=${onNo}>Keep them</button>
      <button type="button" class="danger" onClick=${onYes}>Delete</button></div>
  </dialog>`;
}
