/** Near-duplicates of a picture, which are decided along with it. */

import { html } from "./vendor/htm-preact-standalone.js";
import { Guarded } from "./review_guarded.js";
import { Name, fileName } from "./text.js";

/**
 * @param {{items: object[], included: Set<string>, setIncluded: Function, load: Function, view: object}} props
 *   `load(item)` returns the function that loads its renditions; `view` is that of the picture.
 */
export function Duplicates({ items, included, setIncluded, load, view }) {
  if (!items.length) return null;
  const turn = (id, on) => {
    const changed = new Set(included);
    if (on) changed.add(id);
    else changed.delete(id);
    setIncluded(changed);
  };
  return html`<fieldset class="duplicates">
    <legend>${items.length === 1 ? "A near-duplicate" : `${items.length} near-duplicates`}, decided along with it</legend>
    <ul>${items.map((item) => html`<li key=${item.image_id}>
      <label>
        <${Guarded} picture=${item} name=${fileName(item.image.key)} load=${load(item)} ...${view} />
        <span class="choice"><input type="checkbox" checked=${included.has(item.image_id)} onChange=${(event) => turn(item.image_id, event.target.checked)} />
          <${Name} text=${fileName(item.image.key)} /></span>
        <span class="quiet">${item.distance === 0 ? "looks the same" : `differs in ${item.distance} of 64 bits`}</span>
      </label>
    </li>`)}</ul>
  </fieldset>`;
}
