/** A picture before its verdict: its BlurHash, and the pixels only for those who ask for them. */

import { html, useEffect, useRef, useState } from "./vendor/htm-preact-standalone.js";
import { Blurhash } from "./blurhash.js";
import { fitting, groups } from "./picture_markup.js";
import { Name, fileName } from "./text.js";

/**
 * A picture with what reveals it, and with what shows its other crops: each is published.
 *
 * @param {{view: {blur: boolean, grayscale: boolean, revealed: boolean, crop: number},
 *   setRevealed: Function, setCrop: Function, hint?: (action: string) => any}} props and those of Guarded
 */
export function Stage({ picture, name, load, view, setRevealed, setCrop, hint = () => "" }) {
  const { blur, revealed, crop } = view;
  const crops = groups(picture.renditions ?? []);
  const shown = crops[crop % crops.length];
  return html`<div class="review-picture">
    <${Guarded} key=${picture.image_id} picture=${picture} name=${name} load=${load} ...${view} onReveal=${setRevealed} />
    <div class="buttons">
      ${blur && html`<button type="button" aria-pressed=${revealed} onClick=${() => setRevealed(!revealed)}>
        ${revealed ? "Hide the picture" : "Reveal the picture"} ${hint("reveal")}</button>`}
      ${crops.length > 1 && html`<button type="button" onClick=${() => setCrop(crop + 1)}>
        Crop ${(crop % crops.length) + 1} of ${crops.length}: <${Name} text=${shown.at(-1).name} /> ${hint("crop")}</button>`}
    </div>
  </div>`;
}

/**
 * @param {{picture: object, name: string, load: () => Promise<object[]>, blur: boolean, crop?: number,
 *   grayscale: boolean, revealed: boolean, onReveal?: (shown: boolean) => void}} props
 *   `load` returns renditions with URLs that work. No pixel is requested before blur is off or the
 *   picture is revealed.
 */
export function Guarded({ picture, name, load, blur, grayscale, revealed, crop = 0, onReveal }) {
  const frame = useRef(null);
  const [image, setImage] = useState(null);
  const [problem, setProblem] = useState("");
  const asked = !blur || revealed;
  const { width = 4, height = 3 } = size(picture);
  const isShown = image && image.of === picture && image.crop === crop;
  useEffect(() => {
    if (!asked || isShown) return undefined;
    let left = false;
    setProblem("");
    load().then(
      (renditions) => {
        const pixels = frame.current ? frame.current.clientWidth * devicePixelRatio : 0;
        const found = fitting(renditions ?? [], pixels, crop);
        if (left) return;
        if (found) setImage({ ...found, of: picture, crop });
        else setProblem("There is no rendition of this picture to look at.");
      },
      (error) => left || setProblem(error.message),
    );
    return () => {
      left = true;
    };
  }, [picture, asked, crop]);
  const shown = asked && isShown;
  const held = useRef(false);
  const hold = onReveal && blur ? holding(onReveal, held) : {};
  return html`<div ref=${frame} class=${`guarded${grayscale ? " grayscale" : ""}${onReveal && blur ? " holdable" : ""}`}
      style=${{ aspectRatio: `${width} / ${height}`, "--ratio": String(width / height) }} ...${hold}>
    <${Blurhash} hash=${picture.placeholder?.blurhash} width=${width} height=${height} />
    ${shown && html`<img
      src=${image.url} width=${image.width} height=${image.height} alt=${`Picture ${name}`} draggable=${false}
      onLoad=${(event) => event.target.classList.add("loaded")}
      onError=${() => (setImage(null), setProblem("The picture could not be loaded. Reveal it again."))}
    />`}
    ${problem && html`<p class="guarded-problem" role="alert">${problem}</p>`}
  </div>`;
}

/** Return the width and height of a picture as displayed, as far as they are known. */
export function size({ image = {}, source = image.source, renditions = [] }) {
  const { width, height } = source ?? {};
  if (width && height) return { width, height };
  const widest = fitting(renditions, Infinity);
  return widest ? { width: widest.width, height: widest.height } : {};
}

/** Handlers that reveal while a pointer is held down. */
function holding(onReveal, held) {
  const turn = (shown) => {
    if (held.current !== shown) onReveal(shown);
    held.current = shown;
  };
  const hide = () => turn(false);
  return {
    onPointerDown: (event) => event.button === 0 && turn(true),
    onPointerUp: hide,
    onPointerCancel: hide,
    onPointerLeave: hide,
    onContextMenu: (event) => event.preventDefault(), // a long touch would open it
  };
}

/**
 * Near-duplicates of a picture, which are decided along with it.
 *
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
