/** Moderation labels with their confidence and what they mean. */

import { html } from "./vendor/htm-preact-standalone.js";
import { definition, tree } from "./labels.js";
import { number } from "./picture_facts.js";
import { Name } from "./text.js";

/** @param {{moderation?: object}} props as GET /images/{id} shows it */
export function Labels({ moderation }) {
  const labels = moderation?.labels ?? [];
  if (!labels.length) return html`<p class="quiet">No label reaches the confidence for a review.</p>`;
  return html`<${Branches} branches=${tree(labels)} />`;
}

function Branches({ branches }) {
  return html`<ul class="labels">${branches.map(({ label, below }) => html`<li>
    <div class="label-line">
      <strong><${Name} text=${label.name} /></strong>
      <span class="gauge" aria-hidden="true"><span style=${{ width: `${label.confidence}%` }}></span></span>
      <span>${number(label.confidence, 1)}%<span class="visually-hidden"> confidence</span></span>
    </div>
    ${definition(label) && html`<p class="label-meaning">${definition(label)}</p>`}
    ${below.length > 0 && html`<${Branches} branches=${below} />`}
  </li>`)}</ul>`;
}
