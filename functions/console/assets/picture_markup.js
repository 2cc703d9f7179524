/** Markup that shows the renditions of a picture in a page of one's own. Pure text. */

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/**
 * Group renditions that show the same part of the picture, which are those of the same aspect ratio.
 * @returns {object[][]} the widest group first; each from narrow to wide
 */
export function groups(renditions) {
  const found = [];
  for (const rendition of [...renditions].sort((one, other) => other.width - one.width)) {
    const group = found.find(([widest]) => alike(widest, rendition));
    if (group) group.push(rendition);
    else found.push([rendition]);
  }
  return found.map((group) => distinct(group).reverse());
}

/** Return an `<img>` for renditions of one aspect ratio, from narrow to wide. */
export function imageMarkup(group, description = "") {
  const widest = group.at(-1);
  const sources = group.map(({ url, width }) => `${escaped(url)} ${width}w`);
  const lines = [
    `<img src="${escaped(widest.url)}"`,
    ...(sources.length > 1
      ? [`     srcset="${sources.join(",\n             ")}"`, '     sizes="100vw"']
      : []),
    `     width="${widest.width}" height="${widest.height}"`,
    `     alt="${escaped(description)}" loading="lazy">`,
  ];
  return lines.join("\n");
}

/**
 * Return the smallest rendition that fills a width in device pixels, otherwise the widest.
 * @param {number} crop which part of the picture, of those that renditions show
 */
export function fitting(renditions, pixels, crop = 0) {
  const found = groups(renditions);
  const group = found[crop % found.length] ?? [];
  return group.find(({ width }) => width >= pixels) ?? group.at(-1);
}

function escaped(text) {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]);
}

function alike(one, other) {
  // Sides are rounded to whole pixels.
  const tall = (one.height * other.width) / one.width;
  return Math.abs(tall - other.height) <= Math.max(1, other.height / 100);
}

function distinct(group) {
  // srcset allows each width once.
  return group.filter((each, place) => group.findIndex(({ width }) => width === each.width) === place);
}
