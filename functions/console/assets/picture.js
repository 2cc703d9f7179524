/** The page of one picture. */

import { html, useEffect, useRef, useState } from "./vendor/htm-preact-standalone.js";
import { Actions } from "./picture_actions.js";
import { Decide, isDecidable } from "./picture_decide.js";
import { History, reasonWords } from "./picture_history.js";
import { Metadata, Notes, Renditions, Shown, Times } from "./picture_parts.js";
import { Labels } from "./labels.js";
import { Name, fileName, moment } from "./text.js";

const WORK = new Set(["pending", "processing"]);
const RETRY = 5000; // ms
const FRESHER = 0.5; // of the lifetime of URLs, after which the ETag has changed

/** Load an image and its history, and follow both while the image is in work. */
function usePicture(api, id, announce) {
  const [found, setFound] = useState({ image: null, events: [], problem: null });
  const [again, setAgain] = useState(0);
  const status = useRef(null);
  useEffect(() => {
    const stop = new AbortController();
    let timer;
    let etag;
    const later = (action, delay) => {
      timer = setTimeout(action, delay);
    };
    const look = async (wait) => {
      try {
        const path = `/images/${encodeURIComponent(id)}`;
        const answer = await api.request("GET", wait ? `${path}?wait=20` : path, { ifNoneMatch: wait ? etag : undefined, signal: stop.signal });
        if (answer.status !== 304) {
          const events = await api.request("GET", `${path}/events`, { signal: stop.signal });
          etag = answer.etag;
          const image = answer.body;
          if (status.current !== image.status) announce(`${fileName(image.key ?? id)} is ${STATUSES[image.status] ?? image.status}.`);
          status.current = image.status;
          setFound({ image, etag, events: events.body.events, problem: null });
        }
        if (stop.signal.aborted) return;
        if (WORK.has(status.current)) look(true);
        else if (answer.body?.renditions?.length) later(() => look(false), fresh(answer.body.renditions));
      } catch (problem) {
        if (stop.signal.aborted) return;
        setFound((known) => ({ ...known, problem }));
        if (!problem.status || problem.status >= 500 || problem.status === 429) later(() => look(false), RETRY);
      }
    };
    look(false);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [api, id, again]);
  return { ...found, reload: async () => setAgain((count) => count + 1) };
}

const STATUSES = {
  pending: "waiting to be processed",
  processing: "being processed",
  approved: "approved",
  review: "waiting for review",
  rejected: "rejected",
  failed: "failed",
  deleted: "deleted",
};

function fresh(renditions) {
  const left = Math.min(...renditions.map(({ expires_at: at }) => Date.parse(at))) - Date.now();
  return Math.max(RETRY, left * FRESHER);
}

export function Picture({ api, session, announce, params }) {
  const { image, etag, events, problem, reload } = usePicture(api, params.id, announce);
  const title = image ? fileName(image.key ?? params.id) : "Picture";
  const may = permissions(session);
  return html`<article class="picture">
    <p class="crumbs"><a href="#/">All pictures</a></p>
    <header class="picture-head">
      <h1 tabindex="-1"><${Name} text=${title} /></h1>
      ${image && html`<span class=${`status status-${image.status}`}>${STATUSES[image.status] ?? image.status}</span>`}
    </header>
    ${problem && html`<${Problem} problem=${problem} known=${image} reload=${reload} />`}
    ${!image && !problem && html`<p aria-busy="true">Loading …</p>`}
    ${image && html`<${Whole} ...${{ image, etag, events, api, session, announce, may, reload }} />`}
  </article>`;
}

function Whole({ image, etag, events, api, session, announce, may, reload }) {
  const decide = may.review && isDecidable(image) && html`<${Decide} key=${image.image_id} ...${{ image, etag, api, session, announce, reload }} />`;
  return html`
    <${Outcome} image=${image} />
    <div class="picture-columns"><div class="picture-main">
      <${Shown} image=${image} />
      <${Actions} ...${{ image, events, api, may, announce, reload }} />
      ${image.status === "review" && decide}
      <section class="card" aria-labelledby="renditions-title"><h2 id="renditions-title">Renditions</h2>
        <${Renditions} image=${image} announce=${announce} /></section>
      <section class="card" aria-labelledby="history-title"><h2 id="history-title">History</h2>
        <${History} events=${events} /></section>
      ${image.status !== "review" && decide}
    </div><div class="picture-side">
      <section class="card" aria-labelledby="metadata-title"><h2 id="metadata-title">About the picture</h2>
        <${Metadata} image=${image} /></section>
      ${image.moderation && html`<section class="card" aria-labelledby="moderation-title"><h2 id="moderation-title">Moderation</h2>
        <${Labels} moderation=${image.moderation} />
        ${image.moderation.model_version && html`<p class="quiet">Model <${Name} text=${image.moderation.model_version} /></p>`}</section>`}
      <section class="card" aria-labelledby="upload-title"><h2 id="upload-title">Upload</h2>
        <div class="facts"><dl><div><dt>Key</dt><dd><${Name} text=${image.key ?? ""} /></dd></div><div><dt>Id</dt><dd><code>${image.image_id}</code></dd></div></dl></div>
        <${Times} image=${image} /><${Notes} upload=${image.upload} /></section>
    </div></div>
  `;
}

function Outcome({ image }) {
  const bad = image.status === "rejected" || image.status === "failed";
  return html`
    ${image.message && html`<p class=${`notice ${bad ? "notice-bad" : ""}`}><${Name} text=${image.message} />
      ${image.reason && html` <span class="quiet">(<${Name} text=${reasonWords(image.reason)} />)</span>`}</p>`}
    ${image.last_approved && html`<p class="notice">The renditions are those of an earlier version, approved on ${moment(image.last_approved.processed_at)}.</p>`}
    ${WORK.has(image.status) && html`<p class="notice" aria-busy="true">It is ${STATUSES[image.status]}. This page follows.</p>`}
  `;
}

function Problem({ problem, known, reload }) {
  const gone = problem.status === 404;
  const text = gone ? "There is no picture with this id, or it belongs to somebody else." : problem.message;
  return html`<div class="notice notice-bad" role="alert"><p><${Name} text=${text} /></p>
    ${known && html`<p>What you see is as it was before.</p>`}
    ${!gone && html`<button type="button" onClick=${reload}>Try again</button>`}</div>`;
}

/** Return what a person may do; without a sign-in, everything. */
function permissions(session) {
  const may = (scope) => !session?.may || session.may(scope);
  return { write: may("images:write"), review: may("images:review") };
}
