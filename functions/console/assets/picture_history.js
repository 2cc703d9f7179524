/** The history of an image as a timeline. */

import { html } from "./vendor/htm-preact-standalone.js";
import { Name, clock, day, elapsed } from "./text.js";

const TITLES = {
  created: "Announced to the API",
  uploaded: "Uploaded",
  claimed: "Processing began",
  noted: "Read the uploader's notes",
  described: "Read the metadata",
  validated: "Checked the file",
  rendered: "Made the renditions",
  judged: "Moderated",
  approved: "Approved",
  review: "Sent to manual review",
  rejected: "Rejected",
  failed: "Failed",
  deleted: "Deleted",
  announced: "Announced the outcome",
  stopped: "Stopped the earlier processing",
  abandoned: "Processing was abandoned",
};
const OUTCOMES = new Set(["approved", "review", "rejected", "failed", "deleted"]);
const REASONS = {
  unsupported_format: "not a picture in a known format",
  type_mismatch: "declared as another type than it is",
  empty: "empty file",
  too_large: "file too large",
  too_many_pixels: "too many pixels",
  too_complex: "too complex",
  corrupt: "damaged or truncated",
  too_slow: "decoding takes too long",
  too_expensive: "decoding takes too much memory",
  archived: "archived",
  object_deleted: "object is gone from the bucket",
  moderation_rejected: "rejected by moderation",
  review_rejected: "rejected by a person",
  moderation_review: "moderation is not certain",
  moderation_manual: "no service moderates",
  moderation_unavailable: "moderation gave no answer",
  internal_error: "internal error",
  stuck: "processing got stuck",
  timed_out: "processing took too long",
};

/** Return a reason in words; the code itself where it is a newer one. */
export function reasonWords(reason) {
  return Object.hasOwn(REASONS, reason) ? REASONS[reason] : (reason ?? "");
}

/** Return words as they begin a sentence. */
export function capitalized(words) {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Return what an event was, in words. */
export function eventTitle(event) {
  if (event.type === "decided") return event.decision === "approve" ? "A person approved" : "A person rejected";
  return Object.hasOwn(TITLES, event.type) ? TITLES[event.type] : event.type;
}

/** Timeline of events, the oldest first; each says how long after the one before it happened. */
export function History({ events }) {
  if (!events.length) return html`<p class="quiet">Nothing is recorded yet.</p>`;
  return html`<ol class="timeline">
    ${events.map((event, place) => html`<${Event} event=${event} before=${events[place - 1]} />`)}
  </ol>`;
}

function Event({ event, before }) {
  const kind = OUTCOMES.has(event.type) || event.type === "decided" ? event.decision ?? event.type : "step";
  return html`<li class=${`event event-${kind}`}>
    <p class="event-title"><${Name} text=${eventTitle(event)} /></p>
    <p class="event-facts">
      <time dateTime=${event.at} title=${event.at}>${newDay(event, before) && `${day(event.at)}, `}${clock(event.at)}</time>
      ${before && html`<span class="quiet">${later(before.at, event.at)}</span>`}
      ${event.by !== "pipeline" && html`<span>by <${Name} text=${event.by} /></span>`}
    </p>
    ${event.why && html`<p><${Name} text=${capitalized(reasonWords(event.why))} /></p>`}
    ${event.message && html`<p><${Name} text=${event.message} /></p>`}
    ${event.note && html`<p class="event-note">Note: <${Name} text=${event.note} /></p>`}
  </li>`;
}

function newDay(event, before) {
  return !before || day(before.at) !== day(event.at);
}

function later(earlier, now) {
  const seconds = (Date.parse(now) - Date.parse(earlier)) / 1000;
  return seconds > 0 ? `${elapsed(seconds)} later` : "";
}
