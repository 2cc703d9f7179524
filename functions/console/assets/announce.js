/** Says to screen readers what happens. */

import { html } from "./vendor/htm-preact-standalone.js";
import { signal, useSignal } from "./store.js";

const KEPT = 20_000; // ms, after which nobody reads it any more
const messages = signal([]);
let number = 0;

/** Speak a sentence when the person is not listening to another one. */
export function announce(text) {
  const id = (number += 1);
  messages.value = [...messages.value, { id, text }];
  setTimeout(() => {
    messages.value = messages.value.filter((each) => each.id !== id);
  }, KEPT);
}

/** The polite live region. */
export function Announcements() {
  const shown = useSignal(messages);
  return html`<div class="visually-hidden" role="log" aria-live="polite" aria-label="Announcements">
    ${shown.map(({ id, text }) => html`<p key=${id}><bdi>${text}</bdi></p>`)}
  </div>`;
}
