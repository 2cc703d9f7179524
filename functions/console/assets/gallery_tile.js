/** One image of the gallery. */

import { html, useEffect, useState } from "./vendor/htm-preact-standalone.js";
import { Blurhash } from "./blurhash.js";
import { isExpired } from "./gallery_list.js";
import { STATUSES } from "./statuses.js";
import { Name, day, fileName, shortDay } from "./text.js";

const DRAWN = ["image", "version", "place", "column", "current", "selected"];

/** Tile that renders again only if a property in DRAWN has changed; the others never change it. */
export function Tile({ image, place, column, list, current, selected, focused, actions }) {
  this.shouldComponentUpdate = (next) => DRAWN.some((name) => next[name] !== this.props[name]);
  const name = fileName(image.key ?? image.image_id);
  const status = STATUSES[image.status];
  const click = (event) => {
    if (!event.shiftKey) return;
    event.preventDefault();
    actions.current.reach(place);
  };
  return html`<div role="gridcell" class="tile-cell" aria-colindex=${column + 1} aria-selected=${selected} data-place=${place}>
    <a class="tile-link" href=${`#/images/${image.image_id}`} tabindex=${current ? 0 : -1} onFocus=${() => focused(place)} onClick=${click}
        aria-label=${`${name}, ${status}, ${day(image.created_at)}`} draggable=${false}>
      <span class="tile-picture"><${Thumb} image=${image} list=${list} /></span>
      <span class="tile-name" aria-hidden="true" title=${name}><${Name} text=${name} /></span>
      <span class="tile-facts" aria-hidden="true"><span class=${`tile-status status-${image.status}`}>${status}</span> <span class="quiet">${shortDay(image.created_at)}</span></span>
    </a>
    <label class="tile-check"><input type="checkbox" tabindex="-1" checked=${selected} aria-label=${`Select ${name}`} onChange=${() => actions.current.toggle(place)} /></label>
  </div>`;
}

/** The BlurHash, and on it the rendition while its URL works. */
function Thumb({ image, list }) {
  const { thumb, blurhash } = image;
  const [broken, setBroken] = useState("");
  const usable = thumb && thumb.url !== broken && !isExpired(thumb);
  useEffect(() => {
    if (thumb && !usable) list.renew(image.image_id);
  }, [thumb?.url, usable]);
  return html`
    ${blurhash && html`<${Blurhash} hash=${blurhash} width=${thumb?.width} height=${thumb?.height} />`}
    ${usable && html`<img src=${thumb.url} alt="" decoding="async" draggable=${false} onError=${() => setBroken(thumb.url)} />`}
    ${!blurhash && html`<span class="tile-none" aria-hidden="true"></span>`}
  `;
}
