/** A small copy of a local picture. The file itself is not kept in memory, and no object URL is made. */

import { html, useEffect, useRef } from "./vendor/htm-preact-standalone.js";

const SIDE = 160; // pixels
const AT_ONCE = 2; // decoders: photos take memory
const LARGEST = 60_000_000; // bytes, above which a preview costs too much
const queue = [];
let running = 0;

/** Canvas with the picture of an upload; its suffix until there is one, and where there is none. */
export function Preview({ item }) {
  const canvas = useRef(null);
  useEffect(() => {
    let left = false;
    const draw = () => !left && item.preview && canvas.current?.getContext("2d").drawImage(item.preview, 0, 0);
    if (item.preview) draw();
    else if (item.preview === undefined && item.file && item.file.size <= LARGEST) {
      item.preview = null;
      queue.push(async () => {
        item.preview = await small(item.file);
        draw();
      });
      work();
    }
    return () => {
      left = true;
    };
  }, [item, item.file]);
  const suffix = /\.([^.]{1,5})$/.exec(item.name)?.[1].toUpperCase() ?? "";
  return html`<span class="upload-suffix" aria-hidden="true"><bdi>${suffix}</bdi></span>
    <canvas ref=${canvas} width=${SIDE} height=${SIDE} aria-hidden="true"></canvas>`;
}

async function work() {
  if (running >= AT_ONCE || !queue.length) return;
  running += 1;
  await queue.shift()().catch(() => {}); // a format that the browser does not know
  running -= 1;
  work();
}

/** Return the middle of a picture as a square canvas. */
async function small(file) {
  if (!file) return null;
  const bitmap = await createImageBitmap(file, { resizeHeight: SIDE, resizeQuality: "medium" });
  const canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  const scale = Math.max(SIDE / bitmap.width, SIDE / bitmap.height);
  const [width, height] = [bitmap.width * scale, bitmap.height * scale];
  canvas.getContext("2d").drawImage(bitmap, (SIDE - width) / 2, (SIDE - height) / 2, width, height);
  bitmap.close();
  return canvas;
}
