/** The page for uploading: choose, drop, paste or take pictures, and follow each to its outcome. */

import { html, useRef, useState } from "./vendor/htm-preact-standalone.js";
import { Camera, hasCamera } from "./upload_camera.js";
import { isHidden } from "./upload_drop.js";
import { Upload as Row } from "./upload_row.js";
import { uploadsOf } from "./upload_queue.js";
import { useSignal } from "./store.js";
import { bytes, count } from "./text.js";

const TOUCH = "(hover: none) and (pointer: coarse)";

export function Upload({ api, config, announce }) {
  const uploads = uploadsOf({ api, config, announce });
  const items = useSignal(uploads.items);
  const omitted = useSignal(uploads.omitted);
  return html`<div class="upload">
    <h1 tabindex="-1">Upload</h1>
    <${Sources} uploads=${uploads} config=${config} />
    ${omitted && html`<p class="notice">${omitted}</p>`}
    ${items.length > 0 && html`<${Whole} uploads=${uploads} items=${items} />`}
    <ul class="uploads" aria-label="Uploads">
      ${items.map((item) => html`<${Row} key=${item.id} item=${item} uploads=${uploads} />`)}
    </ul>
  </div>`;
}

/** Every way to add files. */
function Sources({ uploads, config }) {
  const files = useRef(null);
  const folder = useRef(null);
  const camera = useRef(null);
  const [taking, setTaking] = useState(false);
  const add = (event) => {
    const chosen = [...event.target.files];
    // Only what is in a folder has a path, which begins with the name of that folder.
    const files = chosen.filter(({ webkitRelativePath: path }) => !path.split("/").slice(1).some(isHidden));
    uploads.add({ files, hidden: chosen.length - files.length });
    event.target.value = ""; // the same file can be chosen again
  };
  const take = () => (matchMedia(TOUCH).matches ? camera.current.click() : setTaking(true));
  const accept = `image/*,${config.formats.accept}`;
  const hidden = { type: "file", hidden: true, onChange: add, tabIndex: -1 };
  return html`<section class="drop" aria-label="Add pictures">
    <p class="drop-title">Drop or paste pictures anywhere on this page</p>
    <div class="buttons">
      <button type="button" class="main" onClick=${() => files.current.click()}>Choose files</button>
      <button type="button" onClick=${() => folder.current.click()}>Choose a folder</button>
      ${hasCamera() && html`<button type="button" onClick=${take}>Take a picture</button>`}
    </div>
    <p class="quiet">JPEG, PNG, WebP, AVIF, HEIC, TIFF, RAW and more, up to ${bytes(config.max_upload_bytes)} each.</p>
    <input ref=${files} ...${hidden} multiple accept=${accept} aria-label="Files" />
    <input ref=${folder} ...${hidden} multiple webkitdirectory aria-label="Folder" />
    <input ref=${camera} ...${hidden} accept="image/*" capture="environment" aria-label="Camera" />
    ${taking && html`<${Camera} onTaken=${(file) => uploads.add({ files: [file] })} onClose=${() => setTaking(false)} />`}
  </section>`;
}

/** All uploads as one. */
function Whole({ uploads, items }) {
  const totals = useSignal(uploads.totals);
  const some = (...states) => items.some(({ state }) => states.includes(state));
  const refused = items.filter(({ state }) => state === "refused").length;
  const unsent = some("checking", "waiting", "sending", "paused", "lost", "error");
  return html`<section class="whole" aria-label="All uploads">
    <p>${totals.settled} of ${count(totals.files, "file")} done${refused > 0 && `, ${refused} not sent`}, <span class="quiet">${bytes(totals.sent)} of ${bytes(totals.bytes)} sent</span></p>
    <progress max=${totals.bytes || 1} value=${totals.sent} aria-label="All uploads"></progress>
    <div class="buttons">
      ${some("waiting", "sending", "lost") && html`<button type="button" onClick=${() => uploads.pauseAll()}>Pause all</button>`}
      ${some("paused", "error", "lost") && html`<button type="button" onClick=${() => uploads.resumeAll()}>Resume all</button>`}
      ${unsent && html`<button type="button" onClick=${() => uploads.cancelAll()}>Cancel all</button>`}
      ${some("done", "refused") && html`<button type="button" onClick=${() => uploads.clearEnded()}>Clear what has ended</button>`}
    </div>
  </section>`;
}
