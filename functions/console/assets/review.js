/** The review: one picture after the other, decided by keyboard or pointer. */

import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./vendor/htm-preact-standalone.js";
import { Facts } from "./picture_parts.js";
import { takenFacts } from "./picture_facts.js";
import { capitalized, reasonWords } from "./picture_history.js";
import { outboxOf, reviewCalls, useSource } from "./review_calls.js";
import { Duplicates, Stage } from "./review_guarded.js";
import { ShortcutEditor, keyName, keysOf, useShortcuts } from "./review_keys.js";
import { Labels } from "./labels.js";
import { DecisionLog } from "./review_log.js";
import { Pending } from "./review_pending.js";
import { Queue } from "./review_queue.js";
import { NoteField, RejectForm } from "./review_reject.js";
import { useSetting } from "./store.js";
import { Name, bytes, elapsed, fileName, moment } from "./text.js";

export function Review({ api, session, announce }) {
  const calls = useMemo(() => reviewCalls(api), [api]);
  const outbox = useSource(useMemo(() => outboxOf(api, session), [api]));
  const queue = useSource(useMemo(() => new Queue({ calls, decided: () => outbox.ids() }), [calls]));
  const settings = useSettings();
  useEffect(() => {
    queue.open();
    return () => queue.close();
  }, [queue]);
  useEffect(() => void queue.refreshCounts(), [outbox.sent]);
  return html`<div class="review">
    <header class="review-head">
      <h1 tabindex="-1">Review</h1>
      <${Counts} counts=${queue.counts} sent=${outbox.sent} />
    </header>
    <${Workplace} ...${{ queue, outbox, announce, settings }} />
    <details class="card"><summary>Shortcuts</summary>
      <${ShortcutEditor} on=${settings.shortcuts} setOn=${settings.setShortcuts} chosen=${settings.chosen} setChosen=${settings.setChosen} />
    </details>
    <${DecisionLog} calls=${calls} announce=${announce} reload=${outbox.sent} />
  </div>`;
}

function useSettings() {
  const [blur, setBlur] = useSetting("blur", true);
  const [grayscale, setGrayscale] = useSetting("grayscale", false);
  const [shortcuts, setShortcuts] = useSetting("shortcuts", true);
  const [chosen, setChosen] = useSetting("keys", {});
  const keys = keysOf(chosen);
  return { blur, setBlur, grayscale, setGrayscale, shortcuts, setShortcuts, chosen, setChosen, keys };
}

/** The open picture with everything that can be done about it. */
function Workplace({ queue, outbox, announce, settings }) {
  const busy = !queue.item;
  const item = queue.item ?? (queue.kind === "loading" ? queue.before : null); // so that nothing moves meanwhile
  const [revealed, setRevealed] = useState(false);
  const [crop, setCrop] = useState(0);
  const [rejecting, setRejecting] = useState(false);
  const [note, setNote] = useState("");
  const [included, setIncluded] = useState(new Set());
  const title = useRef(null);
  const noteField = useRef(null);
  const name = item ? fileName(item.image.key) : "";

  useLayoutEffect(() => { // before the next key is pressed
    setRevealed(false);
    setRejecting(false);
    setCrop(0);
    setNote(item?.note ?? "");
    setIncluded(new Set(item?.duplicates.map(({ image_id: id }) => id)));
    if (item) title.current.focus();
  }, [item]);
  const ended = queue.lost && `Your hold on ${fileName(queue.lost.image.key)} has ended. Somebody else may decide about it now.`;
  useEffect(() => void (ended && announce(ended)), [queue.lost]);
  useEffect(() => {
    if (queue.kind === "empty") announce("Nothing waits for review.");
    if (document.activeElement === document.body) document.querySelector("main h1").focus(); // the picture had it, and is gone
    if (queue.kind === "failed") announce("The next picture could not be loaded.");
  }, [queue.kind]);

  const decide = (decision, reason = "") => {
    const also = item.duplicates.filter(({ image_id: id }) => included.has(id));
    outbox.decide({ name, decision, reason, note: note.trim(), images: [item, ...also], item: { ...item, note } });
    const more = also.length ? ` and ${also.length} more` : "";
    const undo = settings.shortcuts ? ` Undo with ${keyName(settings.keys.undo)} within ten seconds.` : " It can be undone for ten seconds.";
    announce(`${decision === "approve" ? "Approved" : "Rejected"} ${name}${more}.${undo}`);
    leave();
    queue.next();
  };
  const leave = () => {
    queue.lost = null;
    setRevealed(false);
    setRejecting(false);
  };
  const undo = () => {
    const entry = outbox.undo();
    announce(entry ? `Took back the decision about ${entry.name}.` : "There is nothing to undo.");
    if (entry?.item) queue.reopen(entry.item);
    else if (entry && queue.kind === "empty") queue.next();
  };
  const skip = () => {
    announce(`Skipped ${name}.`);
    leave();
    queue.skip();
  };
  const toggle = (setting, set, word) => {
    set(!setting);
    announce(`${word} ${setting ? "off" : "on"}.`);
  };
  const open = !busy && !rejecting;
  useShortcuts(
    {
      undo,
      blur: () => toggle(settings.blur, settings.setBlur, "Blur"),
      grayscale: () => toggle(settings.grayscale, settings.setGrayscale, "Grayscale"),
      ...(!busy && { reveal: () => setRevealed(true), "reveal:up": () => setRevealed(false), crop: () => setCrop(crop + 1) }),
      ...(open && {
        approve: () => decide("approve"),
        reject: () => setRejecting(true),
        skip,
        note: () => noteField.current?.focus(),
      }),
    },
    { on: settings.shortcuts, keys: settings.keys },
  );
  const hint = (action) => settings.shortcuts && html`<kbd aria-hidden="true">${keyName(settings.keys[action])}</kbd>`;
  const load = (picture) => () => queue.renditions(picture);
  const view = { blur: settings.blur, grayscale: settings.grayscale, revealed, crop };

  return html`<section class="workplace" aria-label="The picture to decide about">
    <div class="review-tools">
      <label class="choice"><input type="checkbox" checked=${settings.blur} onChange=${(event) => settings.setBlur(event.target.checked)} /> Blur ${hint("blur")}</label>
      <label class="choice"><input type="checkbox" checked=${settings.grayscale} onChange=${(event) => settings.setGrayscale(event.target.checked)} /> Grayscale ${hint("grayscale")}</label>
    </div>
    <${Pending} outbox=${outbox} onUndo=${undo} undoKey=${settings.shortcuts && settings.keys.undo} />
    ${ended && html`<p class="notice"><${Name} text=${ended} /></p>`}
    ${item
      ? html`<div class="review-item" inert=${busy} aria-busy=${busy}>
          <header class="review-title">
            <h2 ref=${title} tabindex="-1"><${Name} text=${name} /></h2>
            <p class="quiet">${item.image.reason && html`<${Name} text=${capitalized(reasonWords(item.image.reason))} />. `}Uploaded <time dateTime=${item.image.uploaded_at}>${moment(item.image.uploaded_at)}</time>.</p>
          </header>
          <${Stage} picture=${item} name=${name} load=${load(item)} ...${{ view, setRevealed, setCrop, hint }} />
          <div class="review-side">
            <${Labels} moderation=${item.image.moderation} />
            ${rejecting
              ? html`<${RejectForm} labels=${item.image.moderation?.labels} digits=${settings.shortcuts}
                  onReject=${(reason) => decide("reject", reason)}
                  onCancel=${() => (setRejecting(false), title.current.focus())} />`
              : html`<div class="buttons decisions">
                  <button type="button" class="good" onClick=${() => decide("approve")}>Approve ${hint("approve")}</button>
                  <button type="button" class="danger" onClick=${() => setRejecting(true)}>Reject… ${hint("reject")}</button>
                  <button type="button" onClick=${skip}>Skip ${hint("skip")}</button>
                </div>`}
            <${NoteField} value=${note} onChange=${setNote} field=${noteField} onLeave=${() => title.current.focus()} />
            <${Duplicates} items=${item.duplicates} included=${included} setIncluded=${setIncluded} load=${load} view=${{ ...view, crop: 0 }} />
            <${Facts} title="How it was taken" facts=${takenFacts(item.image.metadata)} />
            <p><a href=${`#/images/${item.image_id}`}>Everything about this picture</a>
              ${item.image.source?.bytes !== undefined && html`<span class="quiet">, ${bytes(item.image.source.bytes)}</span>`}</p>
          </div>
        </div>`
      : html`<${Nothing} queue=${queue} />`}
  </section>`;
}

function Nothing({ queue }) {
  if (queue.kind === "loading") return html`<p class="review-empty" aria-busy="true">Taking the next picture …</p>`;
  if (queue.kind === "failed") {
    return html`<div class="review-empty" role="alert">
      <p><${Name} text=${queue.problem.message} /></p>
      <button type="button" onClick=${() => queue.next()}>Try again</button>
    </div>`;
  }
  return html`<div class="review-empty">
    <p><strong>Nothing waits for review.</strong></p>
    <p class="quiet">This page looks again every ten seconds.</p>
    ${queue.skipped.size > 0 && html`<button type="button" onClick=${() => queue.lookAgain()}>
      Look at the ${queue.skipped.size === 1 ? "skipped picture" : `${queue.skipped.size} skipped pictures`} again</button>`}
  </div>`;
}

function Counts({ counts, sent }) {
  const age = counts?.oldest_created_at && elapsed((Date.now() - Date.parse(counts.oldest_created_at)) / 1000);
  return html`<dl class="counts">
    <div><dt>Waiting</dt><dd>${counts?.images ?? "–"}</dd></div>
    <div><dt>Oldest</dt><dd>${age ?? "–"}</dd></div>
    <div><dt>Held by reviewers</dt><dd>${counts?.leased ?? "–"}</dd></div>
    <div><dt>Decided by you</dt><dd>${sent}</dd></div>
  </dl>`;
}
