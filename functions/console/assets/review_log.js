/** What people have decided: a list to appeal from, and the same as a CSV file. */

import { html, useEffect, useState } from "./vendor/htm-preact-standalone.js";
import { Name, fileName, moment } from "./text.js";

const FILE_ROWS = 10_000;
const COLUMNS = ["at", "by", "decision", "reason", "note", "image_id", "key"];
const FORMULA = /^[\s"']*[=+\-@\t\r|%＝＋－＠]/;

export function DecisionLog({ calls, announce, reload }) {
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [page, setPage] = useState({ decisions: [], next: null, loading: true });
  const [saving, setSaving] = useState(false);
  const load = async (next) => {
    setPage((known) => ({ ...known, loading: true, problem: "" }));
    try {
      const body = await calls.decisions({ from, to, next });
      const earlier = next ? page.decisions : [];
      setPage({ decisions: [...earlier, ...body.decisions], next: body.next, loading: false });
    } catch (problem) {
      setPage((known) => ({ ...known, loading: false, problem: problem.message }));
    }
  };
  useEffect(() => void load(), [from, to, reload]);
  const save = async () => {
    setSaving(true);
    try {
      const { decisions, whole } = await all(calls, from, to);
      download(new Blob([csv(decisions)], { type: "text/csv" }), "decisions.csv");
      announce(whole ? `Saved ${decisions.length} decisions.` : `Saved the newest ${decisions.length} decisions. Choose a shorter period for the others.`);
    } catch (problem) {
      setPage((known) => ({ ...known, problem: problem.message }));
    }
    setSaving(false);
  };
  return html`<section class="card" aria-labelledby="decisions-title">
    <h2 id="decisions-title">Decisions</h2>
    <p class="quiet">To decide about a picture again, for example after an appeal, open it.</p>
    <div class="fields">
      <label class="field">From <input type="date" value=${from} onChange=${(event) => setFrom(event.target.value)} /></label>
      <label class="field">To <input type="date" value=${to} onChange=${(event) => setTo(event.target.value)} /></label>
      <button type="button" disabled=${saving} onClick=${save}>${saving ? "Saving …" : "Save as CSV"}</button>
    </div>
    ${page.problem && html`<p role="alert" class="notice notice-bad">${page.problem}</p>`}
    ${!page.decisions.length && !page.loading && html`<p class="quiet">Nobody has decided anything in this period.</p>`}
    ${page.decisions.length > 0 && html`<div class="scrolling" tabindex="0" role="region" aria-label="Table of decisions"><table>
      <thead><tr><th scope="col">Picture</th><th scope="col">Decision</th><th scope="col">Reason and note</th><th scope="col">By</th><th scope="col">When</th></tr></thead>
      <tbody>${page.decisions.map((each) => html`<tr>
        <th scope="row"><a href=${`#/images/${each.image_id}`}><${Name} text=${fileName(each.key)} /></a></th>
        <td><span class=${`status status-${each.decision === "approve" ? "approved" : "rejected"}`}>${each.decision === "approve" ? "Approved" : "Rejected"}</span></td>
        <td>${each.reason && html`<p><${Name} text=${each.reason} /></p>`}${each.note && html`<p class="quiet"><${Name} text=${each.note} /></p>`}</td>
        <td><${Name} text=${each.by} /></td>
        <td><time dateTime=${each.at}>${moment(each.at)}</time></td>
      </tr>`)}</tbody>
    </table></div>`}
    ${page.next && html`<button type="button" disabled=${page.loading} onClick=${() => load(page.next)}>Show earlier decisions</button>`}
  </section>`;
}

/** Return decisions as CSV (RFC 4180) that no spreadsheet runs as formulas. */
export function csv(decisions) {
  const rows = decisions.map((decision) => COLUMNS.map((name) => cell(decision[name])).join(","));
  return `\ufeff${[COLUMNS.join(","), ...rows].join("\r\n")}\r\n`; // the mark has Excel read UTF-8
}

/** Return a value as a quoted cell; what a spreadsheet may run gets an apostrophe in front. */
export function cell(value) {
  const text = String(value ?? "");
  return `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}

async function all(calls, from, to) {
  const decisions = [];
  let next;
  do {
    const body = await calls.decisions({ from, to, next });
    decisions.push(...body.decisions);
    next = body.next;
  } while (next && decisions.length < FILE_ROWS);
  return { decisions, whole: !next };
}

/** Let the browser save a file. */
export function download(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000); // once the browser has read it
}
