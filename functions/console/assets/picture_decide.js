/** A reviewer's decision about one picture, also about one that was decided before: an appeal. */

import { html, useEffect, useMemo, useRef, useState } from "./vendor/htm-preact-standalone.js";
import { outboxOf, reviewCalls, useSource } from "./review_calls.js";
import { Stage } from "./review_guarded.js";
import { Pending } from "./review_pending.js";
import { NoteField, RejectForm } from "./review_reject.js";
import { useSetting } from "./store.js";
import { fileName } from "./text.js";

const BY_PEOPLE = new Set(["moderation_rejected", "review_rejected"]);
const URL_LIFETIME = 50_000; // ms, of the 60 s that URLs are valid

/** Return whether a reviewer may decide about an image: the file itself has to be fine. */
export function isDecidable({ status, reason }) {
  return status === "review" || status === "approved" || (status === "rejected" && BY_PEOPLE.has(reason));
}

/** @param {{image: object, etag: string, api: object, session: object, announce: Function, reload: Function}} props */
export function Decide({ image, etag, api, session, announce, reload }) {
  const calls = useMemo(() => reviewCalls(api), [api]);
  const outbox = useSource(useMemo(() => outboxOf(api, session), [api]));
  const [rejecting, setRejecting] = useState(false);
  const [reason, setReason] = useState("");
  const [note, setNote] = useState("");
  const [digits] = useSetting("shortcuts", true);
  const title = useRef(null);
  const name = fileName(image.key);
  const decided = outbox.ids().includes(image.image_id);
  const was = useRef(false);
  useEffect(() => {
    if (was.current && !decided) reload();
    was.current = decided;
  }, [decided]);
  const decide = (decision, why) => {
    outbox.decide({ name, decision, reason: why.trim(), note: note.trim(), images: [{ image_id: image.image_id, etag }] });
    setRejecting(false);
    title.current.focus();
    announce(`${decision === "approve" ? "Approved" : "Rejected"} ${name}. It is sent in ten seconds, until when it can be undone.`);
  };
  const undo = () => announce(outbox.undo() ? "Took back the decision." : "There is nothing to undo.");
  return html`<section class="card" aria-labelledby="decide-title">
    <h2 id="decide-title" ref=${title} tabindex="-1">${image.status === "review" ? "Your decision" : "Decide again, as an appeal"}</h2>
    ${image.status !== "approved" && html`<${Unseen} image=${image} calls=${calls} />`}
    ${image.status === "rejected" && html`<p class="quiet">An approved picture is processed again if its renditions are gone.</p>`}
    ${!decided && rejecting && html`<${RejectForm} labels=${image.moderation?.labels} digits=${digits}
      onReject=${(why) => decide("reject", why)} onCancel=${() => (setRejecting(false), title.current.focus())} />`}
    ${!decided && !rejecting && html`
      <label class="field">Reason for an approval (optional)
        <input type="text" dir="auto" maxlength="200" value=${reason} onInput=${(event) => setReason(event.target.value)} /></label>
      <${NoteField} value=${note} onChange=${setNote} onLeave=${() => title.current.focus()} />
      <div class="buttons">
        <button type="button" class="good" onClick=${() => decide("approve", reason)}>${image.status === "approved" ? "Confirm the approval" : "Approve"}</button>
        <button type="button" class="danger" onClick=${() => setRejecting(true)}>Reject…</button>
      </div>`}
    <${Pending} outbox=${outbox} onUndo=${undo} />
  </section>`;
}

/** The picture as only reviewers see it: blurred unless they have turned that off or reveal it. */
function Unseen({ image, calls }) {
  const [blur] = useSetting("blur", true);
  const [grayscale] = useSetting("grayscale", false);
  const [picture, setPicture] = useState(null);
  const [problem, setProblem] = useState("");
  const [revealed, setRevealed] = useState(false);
  const [crop, setCrop] = useState(0);
  const read = async () => {
    const { body } = await calls.get(image.image_id);
    return { ...body, at: Date.now() };
  };
  useEffect(() => {
    let left = false;
    read().then(
      (found) => left || setPicture(found),
      (error) => left || setProblem(error.status === 404 || error.status === 409 ? "There are no renditions left to look at." : error.message),
    );
    return () => {
      left = true;
    };
  }, [image.image_id]);
  if (problem) return html`<p class="quiet">${problem}</p>`;
  if (!picture && image.status !== "review") return html`<p class="quiet" aria-busy="true">Looking for renditions …</p>`;
  if (picture && !picture.renditions?.length) return html`<p class="quiet">There are no renditions left to look at.</p>`;
  const load = async () => {
    if (!picture) return [];
    if (Date.now() - picture.at > URL_LIFETIME) Object.assign(picture, await read());
    return picture.renditions;
  };
  const view = { blur, grayscale, revealed, crop };
  return html`<${Stage} picture=${picture ?? image} name=${fileName(image.key)} ...${{ load, view, setRevealed, setCrop }} />`;
}
