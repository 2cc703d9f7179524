/** Parts of the page of one picture that only show what they are given. */

import { html, useEffect, useRef, useState } from "./vendor/htm-preact-standalone.js";
import { Blurhash } from "./blurhash.js";
import { dollars, fileFacts, place, takenFacts } from "./picture_facts.js";
import { fitting, groups, imageMarkup } from "./picture_markup.js";
import { Name, bytes, clock, fileName, moment } from "./text.js";

/** List of [name, words] pairs under a heading; nothing if there are none. */
export function Facts({ title, facts }) {
  if (!facts.length) return null;
  return html`<div class="facts">
    ${title && html`<h3>${title}</h3>`}
    <dl>${facts.map(([name, words]) => html`<div><dt><${Name} text=${name} /></dt><dd><${Name} text=${words} /></dd></div>`)}</dl>
  </div>`;
}

/** The picture itself, on its BlurHash, in the rendition that fits the window. */
export function Shown({ image }) {
  const frame = useRef(null);
  const [chosen, setChosen] = useState(null);
  const [broken, setBroken] = useState(false);
  const { renditions = [], placeholder } = image;
  useEffect(() => {
    if (!frame.current) return;
    setChosen(fitting(renditions, frame.current.clientWidth * devicePixelRatio) ?? null);
    setBroken(false);
  }, [image]);
  if (!renditions.length) return null;
  const [[...widest]] = groups(renditions);
  const { width, height } = widest.at(-1);
  return html`<div ref=${frame} class="shown" style=${{ aspectRatio: `${width} / ${height}`, "--ratio": String(width / height), "--width": `${width}px` }}>
    <${Blurhash} hash=${placeholder?.blurhash} width=${width} height=${height} />
    ${chosen && !broken && html`<img src=${chosen.url} width=${width} height=${height} alt=${`Picture ${fileName(image.key)}`} onError=${() => setBroken(true)} />`}
    ${broken && html`<p class="guarded-problem" role="alert">The picture could not be loaded. Load this page again for a fresh URL.</p>`}
  </div>`;
}

/** Table of the renditions, with what to copy of each, and markup for a page of one's own. */
export function Renditions({ image, announce }) {
  const { renditions = [] } = image;
  if (!renditions.length) return html`<p class="quiet">Only approved pictures have renditions to look at.</p>`;
  const many = groups(renditions);
  return html`<div class="renditions">
    <div class="scrolling" tabindex="0" role="region" aria-label="Table of renditions"><table>
      <thead><tr><th scope="col">Name</th><th scope="col">Pixels</th><th scope="col">Size</th><th scope="col">Type</th><th scope="col">URL</th></tr></thead>
      <tbody>${renditions.map((each) => html`<tr>
        <th scope="row"><${Name} text=${each.name} /></th>
        <td>${each.width} × ${each.height}</td>
        <td>${bytes(each.bytes)}</td>
        <td>${each.content_type.replace("image/", "")}</td>
        <td><a href=${each.url} target="_blank" rel="noopener noreferrer">Open<span class="visually-hidden"> ${each.name}</span></a>
          ${" "}<${Copy} text=${each.url} what=${`URL of ${each.name}`} label="Copy" announce=${announce} /></td>
      </tr>`)}</tbody>
    </table></div>
    <p class="quiet">The URLs work until <time dateTime=${renditions[0].expires_at}>${clock(renditions[0].expires_at)}</time>. Your application asks the API for fresh ones.</p>
    ${many.map((group) => html`<${Markup} group=${group} image=${image} announce=${announce} many=${many.length > 1} />`)}
  </div>`;
}

function Markup({ group, image, announce, many }) {
  const markup = imageMarkup(group, image.description ?? "");
  const names = group.map(({ name }) => name).join(", ");
  return html`<details class="markup"><summary>Markup for a web page${many && html`: <${Name} text=${names} />`}</summary>
    <pre tabindex="0" role="region" aria-label=${`Markup of ${names}`}><code dir="ltr">${markup}</code></pre>
    <${Copy} text=${markup} what="markup" label="Copy" announce=${announce} />
    <p class="quiet">Describe the picture in <code>alt</code> for those who do not see it.</p>
  </details>`;
}

/** Button that copies a text, and says so. */
export function Copy({ text, what, label, announce }) {
  const [done, setDone] = useState("");
  useEffect(() => {
    if (!done) return undefined;
    const timer = setTimeout(() => setDone(""), 3000);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setDone("Copied");
      announce(`Copied the ${what}.`);
    } catch {
      setDone("Not allowed");
      announce("The browser does not allow copying. Select the text and copy it yourself.");
    }
  };
  return html`<button type="button" class="copy" onClick=${copy}>${done || label}<span class="visually-hidden">${` the ${what}`}</span></button>`;
}

/** What the file and the camera say, and where the picture was taken if that is stored. */
export function Metadata({ image }) {
  const found = place(image.metadata?.gps);
  const taken = takenFacts(image.metadata);
  const { warnings = [] } = image.metadata ?? {};
  return html`
    <${Facts} title="How it was taken" facts=${taken} />
    ${found && html`<div class="facts"><h3>Where it was taken</h3><p>${found.words}<br />
      <a href=${found.map} target="_blank" rel="noopener noreferrer">Show on OpenStreetMap<span class="visually-hidden">, in a new tab</span></a></p></div>`}
    <${Facts} title="File" facts=${[...fileFacts(image, bytes), ...(image.cost_usd ? [["Cost of processing", dollars(image.cost_usd)]] : [])]} />
    ${warnings.length > 0 && html`<div class="facts"><h3>Odd about the file</h3><ul>${warnings.map((text) => html`<li><${Name} text=${text} /></li>`)}</ul></div>`}
    ${!taken.length && !image.source && html`<p class="quiet">Metadata is shown after the verdict.</p>`}
  `;
}

/** The uploader's own notes, which are untrusted text. */
export function Notes({ upload = {} }) {
  const pairs = (facts) => Object.entries(facts ?? {});
  return html`
    <${Facts} title="Metadata of the upload" facts=${pairs(upload.metadata)} />
    <${Facts} title="Tags" facts=${pairs(upload.tags)} />
  `;
}

/** When the image changed. */
export function Times({ image }) {
  const shown = [
    ["Known since", image.created_at],
    ["Uploaded", image.uploaded_at],
    ["Processed", image.processed_at],
  ].filter(([, at]) => at);
  return html`<${Facts} title="Times" facts=${shown.map(([name, at]) => [name, moment(at)])} />`;
}
