/** What can be done with one picture: process it again, delete it, save its record. */

import { html, useEffect, useRef, useState } from "./vendor/htm-preact-standalone.js";
import { download } from "./review_log.js";
import { OPEN } from "./statuses.js";
import { Name, fileName } from "./text.js";

/** @param {{image: object, events: object[], api: object, may: object, announce: Function, reload: Function}} props */
export function Actions({ image, events, api, may, announce, reload }) {
  const [busy, setBusy] = useState("");
  const [problem, setProblem] = useState("");
  const [asking, setAsking] = useState(false);
  const path = `/images/${encodeURIComponent(image.image_id)}`;
  const run = async (what, method, target, done) => {
    setBusy(what);
    setProblem("");
    try {
      await api.request(method, target);
      announce(done);
      await reload();
      document.querySelector("main h1")?.focus(); // the button that had the focus may go
    } catch (error) {
      setProblem(error.message);
    }
    setBusy("");
  };
  const save = () => {
    const record = JSON.stringify({ image, events }, null, 2);
    download(new Blob([record], { type: "application/json" }), `${image.image_id}.json`);
    announce("Saved the record.");
  };
  const deleted = image.status === "deleted";
  return html`<div class="actions">
    <div class="buttons">
      <button type="button" onClick=${save}>Download the record</button>
      ${may.write && !deleted && !OPEN.has(image.status) && html`<button type="button" disabled=${busy} onClick=${() => run("again", "POST", `${path}/reprocess`, "It is processed again.")}>
        ${busy === "again" ? "Asking …" : "Process again"}</button>`}
      ${may.write && !deleted && html`<button type="button" class="danger" disabled=${busy} onClick=${() => setAsking(true)}>Delete…</button>`}
    </div>
    ${problem && html`<p role="alert" class="notice notice-bad"><${Name} text=${problem} /></p>`}
    ${asking && html`<${Confirm} onCancel=${() => setAsking(false)}
      onConfirm=${() => (setAsking(false), run("delete", "DELETE", path, "It is deleted."))}>
      Delete <${Name} text=${fileName(image.key)} />? The upload and all renditions are deleted for good.
    <//>`}
  </div>`;
}

/** Modal question about something that cannot be undone. */
function Confirm({ children, onConfirm, onCancel }) {
  const dialog = useRef(null);
  useEffect(() => {
    const opener = document.activeElement;
    const shown = dialog.current;
    shown.showModal();
    return () => {
      shown.close(); // while it is open, nothing else takes the focus
      opener?.focus();
    };
  }, []);
  return html`<dialog ref=${dialog} class="sheet" aria-labelledby="confirm-question" onCancel=${onCancel} onClose=${onCancel}>
    <p id="confirm-question">${children}</p>
    <div class="buttons">
      <button type="button" onClick=${onCancel}>Keep it</button>
      <button type="button" class="danger" onClick=${onConfirm}>Delete</button>
    </div>
  </dialog>`;
}
