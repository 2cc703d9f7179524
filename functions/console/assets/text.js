/** Words for what the API tells: names, sizes, times. */

import { html } from "./vendor/htm-preact-standalone.js";

const LOCALE = globalThis.navigator?.language?.startsWith("en") ? navigator.language : "en";
const UNITS = ["bytes", "kB", "MB", "GB", "TB"];
const SPANS = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
];

const date = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium" });
const time = new Intl.DateTimeFormat(LOCALE, { timeStyle: "medium" });
const dayOfYear = new Intl.DateTimeFormat(LOCALE, { month: "short", day: "numeric" });
const both = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short" });

/** Text that others have written: isolated, so that its direction cannot change what is around it. */
export function Name({ text }) {
  return html`<bdi>${String(text ?? "")}</bdi>`;
}

/** Return the name of a file, which is what follows the last slash of its key. */
export function fileName(key = "") {
  return key.slice(key.lastIndexOf("/") + 1) || key || "unnamed";
}

/** Return a number of bytes with two or three digits: 2.2 MB. */
export function bytes(count) {
  if (!Number.isFinite(count)) return "";
  let power = 0;
  while (count >= 999.5 && power < UNITS.length - 1) {
    count /= 1000;
    power += 1;
  }
  const shown = count.toLocaleString(LOCALE, { maximumFractionDigits: power && count < 99.95 ? 1 : 0 });
  return `${shown} ${power || count !== 1 ? UNITS[power] : "byte"}`;
}

/** Return a duration in its two largest units: 1 h 5 min. */
export function elapsed(seconds) {
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 1) return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const place = SPANS.findIndex(([length]) => seconds >= length);
  const [length, unit] = SPANS[place];
  const whole = `${Math.floor(seconds / length)} ${unit}`;
  const [smaller, smallerUnit] = SPANS[place + 1] ?? [1, "s"];
  const rest = Math.floor((seconds % length) / smaller);
  return rest ? `${whole} ${rest} ${smallerUnit}` : whole;
}

/** Return a time of day of the reader. */
export const clock = (text) => written(time, text);
/** Return a day of the reader. */
export const day = (text) => written(date, text);
/** Return a day and time of the reader. */
export const moment = (text) => written(both, text);

/** Return a number of things: 1 picture, 2 pictures. */
export function count(number, thing) {
  return `${number.toLocaleString(LOCALE)} ${thing}${number === 1 ? "" : "s"}`;
}

/** Return a day of the reader in short; with its year if that is another than this. */
export function shortDay(text) {
  const at = new Date(text);
  return at.getFullYear() === new Date().getFullYear() ? written(dayOfYear, text) : day(text);
}

function written(format, text) {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? String(text ?? "") : format.format(at);
}
