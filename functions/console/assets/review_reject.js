/** The form that asks why a picture is rejected. */

import { html, useLayoutEffect, useRef, useState } from "./vendor/htm-preact-standalone.js";

const LONGEST_REASON = 200; // characters, as the API allows
const LONGEST_NOTE = 2000;

export const REASONS = [
  "Nudity or sexual content",
  "Violence or gore",
  "Hate or extremism",
  "Drugs, alcohol or gambling",
  "Rude gestures or harassment",
  "Spam or advertising",
  "Against the rules in another way",
];
const LIKELY = {
  Explicit: 0,
  "Non-Explicit Nudity of Intimate parts and Kissing": 0,
  "Swimwear or Underwear": 0,
  Violence: 1,
  "Visually Disturbing": 1,
  "Hate Symbols": 2,
  "Drugs & Tobacco": 3,
  Alcohol: 3,
  Gambling: 3,
  "Rude Gestures": 4,
};

/** Return the reason that the labels of a picture suggest. */
export function likelyReason(labels = []) {
  const sorted = [...labels].sort((one, other) => other.confidence - one.confidence);
  const found = sorted.find(({ name }) => Object.hasOwn(LIKELY, name));
  return REASONS[found ? LIKELY[found.name] : REASONS.length - 1];
}

/**
 * @param {{labels: object[], onReject: (reason: string) => void, onCancel: () => void}} props
 *   The digits 1 to 7 reject at once; Enter rejects for the reason that is chosen, Escape cancels.
 */
export function RejectForm({ labels, digits, onReject, onCancel }) {
  const form = useRef(null);
  const [chosen, setChosen] = useState(() => likelyReason(labels));
  const [own, setOwn] = useState("");
  useLayoutEffect(() => form.current.querySelector("input:checked").focus(), []);
  const submit = (event) => {
    event.preventDefault();
    onReject(own.trim() || chosen);
  };
  const press = (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      onCancel();
    } else if (event.key === "Enter" && event.target.type === "radio") {
      submit(event);
    } else if (digits && event.target.type !== "text" && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const reason = REASONS[Number(event.key) - 1];
      if (reason && /^\d$/.test(event.key)) {
        event.preventDefault();
        onReject(reason);
      }
    }
  };
  return html`<form ref=${form} class="reject-form" onSubmit=${submit} onKeyDown=${press}>
    <fieldset>
      <legend>Why is it rejected?</legend>
      ${REASONS.map((reason, place) => html`<label class="choice">
        <input type="radio" name="reason" value=${reason} checked=${chosen === reason} onChange=${() => setChosen(reason)} />
        ${digits && html`<kbd aria-hidden="true">${place + 1}</kbd>`} ${reason}
      </label>`)}
      <label class="field">In other words (optional)
        <input type="text" dir="auto" maxlength=${LONGEST_REASON} value=${own} onInput=${(event) => setOwn(event.target.value)} />
      </label>
    </fieldset>
    <div class="buttons">
      <button type="submit" class="danger">Reject</button>
      <button type="button" onClick=${onCancel}>Cancel</button>
    </div>
  </form>`;
}

/** Field for a note that is kept with a decision, for other reviewers. */
export function NoteField({ value, onChange, field, onLeave }) {
  return html`<label class="field">Note for other reviewers (optional)
    <textarea ref=${field} dir="auto" rows="2" maxlength=${LONGEST_NOTE} value=${value}
      onInput=${(event) => onChange(event.target.value)}
      onKeyDown=${(event) => event.key === "Escape" && (event.stopPropagation(), onLeave())}></textarea>
  </label>`;
}
