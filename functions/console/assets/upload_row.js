/** One upload, from the file to its renditions. */

import { html } from "./vendor/htm-preact-standalone.js";
import { fitting } from "./picture_markup.js";
import { reasonWords } from "./picture_history.js";
import { STATUSES } from "./statuses.js";
import { Name, bytes, clock } from "./text.js";
import { ADVICE } from "./upload_advice.js";
import { Preview } from "./upload_preview.js";

const STATES = {
  checking: "Checking the file",
  refused: "Not sent",
  waiting: "Waiting to be sent",
  sending: "Sending",
  paused: "Paused",
  lost: "Interrupted: it goes on by itself",
  error: "Could not be sent",
  processing: "Processing",
};
const STAGES = [
  ["Sent", ["uploaded", "claimed"]],
  ["Checked", ["described", "validated"]], // recorded with the outcome; what is described was checked
  ["Metadata", ["described"]],
  ["Renditions", ["rendered"]],
  ["Moderated", ["judged"]],
];
const THUMB = 160; // pixels

export function Upload({ item, uploads }) {
  const { state, image } = item;
  const status = state === "done" ? image.status : state;
  const words = state === "done" ? STATUSES[image.status] : STATES[state];
  const percent = item.size ? Math.floor((100 * item.sent) / item.size) : 0;
  return html`<li class="upload-row" aria-label=${item.name}>
    <${Picture} item=${item} />
    <div class="upload-words">
      <p class="upload-name"><strong><${Name} text=${item.name} /></strong> <span class="quiet">${item.size > 0 && bytes(item.size)}</span></p>
      <p><span class=${`status status-${status}`}>${words}</span>${state === "sending" && ` ${percent} %`}
        ${state === "paused" && !item.parts && " It is sent from its beginning again."}</p>
      ${["sending", "paused", "lost"].includes(state) && html`<progress max=${item.size} value=${item.sent} aria-label=${`Upload of ${item.name}`}></progress>`}
      ${(state === "processing" || state === "done") && html`<${Stages} events=${item.events} working=${state === "processing"} />`}
      ${item.problem && state !== "sending" && html`<p class="problem"><${Name} text=${item.problem} /></p>`}
      ${item.lost && state === "processing" && html`<p class="problem"><${Name} text=${item.lost} /></p>`}
      ${state === "done" && html`<${Outcome} image=${image} />`}
    </div>
    <${Buttons} item=${item} uploads=${uploads} />
  </li>`;
}

/** The local file until there is a rendition. */
function Picture({ item }) {
  const shown = item.image?.status === "approved" && fitting(item.image.renditions ?? [], THUMB);
  return html`<div class="upload-picture">
    ${shown ? html`<img src=${shown.url} alt="" width=${shown.width} height=${shown.height} />` : html`<${Preview} item=${item} />`}
  </div>`;
}

/** What the pipeline has done so far. */
function Stages({ events, working }) {
  const times = new Map(events.map(({ type, at }) => [type, at]));
  const reached = STAGES.map(([name, types]) => [name, types.map((type) => times.get(type)).find(Boolean)]);
  return html`<ol class="stages" aria-label="Steps" aria-busy=${working}>
    ${reached.map(([name, at]) => (working || at) && html`<li key=${name} class=${at || name === "Sent" ? "reached" : ""}>
      <span>${name}</span>${at && html`<span class="visually-hidden">, done at </span><time class="quiet" dateTime=${at}>${clock(at)}</time>`}</li>`)}
  </ol>`;
}

function Outcome({ image }) {
  const advice = ADVICE[image.reason];
  return html`
    ${image.status !== "approved" && html`<p class="problem">${image.message ? html`<${Name} text=${image.message} />` : html`<${Name} text=${reasonWords(image.reason)} />`}
      ${advice && ` ${advice}`}</p>`}
    <p class="upload-links"><a href=${`#/images/${image.image_id}`}>${image.status === "approved" ? `Show it with its ${image.renditions?.length ?? 0} renditions` : "Show what happened"}</a></p>
  `;
}

function Buttons({ item, uploads }) {
  const { state, name } = item;
  const button = (word, action) => html`<button type="button" aria-label=${`${word} ${name}`} onClick=${() => action(item)}>${word}</button>`;
  return html`<div class="buttons">
    ${["waiting", "sending", "lost"].includes(state) && button("Pause", (each) => uploads.pause(each))}
    ${state === "paused" && button("Resume", (each) => uploads.resume(each))}
    ${["error", "lost"].includes(state) && button("Retry", (each) => uploads.resume(each))}
    ${["checking", "waiting", "sending", "paused", "lost", "error"].includes(state) && button("Cancel", (each) => uploads.cancel(each))}
  </div>`;
}
