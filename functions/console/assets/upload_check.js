/** What can be told about a file before it is sent. */

import { bytes } from "./text.js";

const TYPES = new Set([
  ...["image/jpeg", "image/png", "image/apng", "image/gif", "image/webp", "image/avif", "image/jxl"],
  ...["image/heic", "image/heif", "image/tiff", "image/bmp", "image/jp2", "image/x-icon"],
  "image/vnd.microsoft.icon",
]);
const HEAD = 512; // bytes
const LONGEST_NAME = 255; // characters that the API accepts
/** Files that no decoder of pictures can read, by how they begin. */
const OTHERS = [
  [/^%PDF/, "a PDF document"],
  [/^PK\x03\x04/, "a ZIP archive or an office document"],
  [/^\xef?\xbb?\xbf?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:!doctype svg|svg)/is, "an SVG drawing"],
  [/^\xef?\xbb?\xbf?\s*<(?:!doctype|html|\?xml|script)/i, "a web page"],
  [/^....ftyp(?:isom|iso[2-9]|mp4[12]|avc1|qt {2}|M4V|3gp|dash)/s, "a video"],
  [/^(?:\x1a\x45\xdf\xa3|RIFF....AVI )/s, "a video"],
  [/^(?:MZ|\x7fELF|#!)/, "a program"],
  [/^8BPS/, "a Photoshop document"],
];
export const UNREADABLE = "The file cannot be read. It may have been moved or changed: choose it again.";
const EXPORT = "Choose a picture, such as a JPEG, PNG, WebP, HEIC or RAW file.";

/**
 * Return why a file need not be sent, in words that say what to do; "" if it can be.
 * @param {File} file
 * @param {{max_upload_bytes: number, formats: {accept: string}}} config
 */
export async function refusal(file, config) {
  const largest = config.max_upload_bytes;
  if (file.size === 0) return "The file is empty. Choose another, or copy it again from its source.";
  if (file.size > largest) {
    return `The file has ${bytes(file.size)}; at most ${bytes(largest)} are accepted. Save it with fewer pixels or stronger compression.`;
  }
  if (!isKnown(file, config.formats.accept)) return `Files of this type are not accepted. ${EXPORT}`;
  let head;
  try {
    head = new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
  } catch {
    return UNREADABLE;
  }
  const start = String.fromCharCode(...head);
  const found = OTHERS.find(([pattern]) => pattern.test(start));
  return found ? `The file is ${found[1]}, whatever its name says. ${EXPORT}` : "";
}

/** Return the content type to declare: that of the browser if the API knows it. */
export function contentType(file) {
  return TYPES.has(file.type) ? file.type : "application/octet-stream";
}

/** Return a name that the API accepts; it makes its own key from it. */
export function sentName(name) {
  const clean = [...name.replace(/[\x00-\x1f\x7f]/g, "")];
  return clean.slice(-LONGEST_NAME / 2 | 0).join("") || "unnamed";
}

function isKnown(file, accept) {
  const suffix = /\.[^./\\]+$/.exec(file.name.trim())?.[0].toLowerCase();
  return accept.split(",").includes(suffix) || TYPES.has(file.type);
}
