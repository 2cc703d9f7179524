/** Facts for the dashboard, computed from what GET /stats answers. Pure. */

import { STATUSES } from "./statuses.js";

const OUTCOMES = new Set(["approved", "review", "rejected", "failed"]);
const LENGTHS = { hour: 3_600_000, day: 86_400_000 };

/** Return the share of images with an outcome that are approved; undefined if there are none. */
export function approvedShare(rows) {
  const done = rows.filter(({ status }) => OUTCOMES.has(status));
  const all = sum(done, "images");
  return all ? sum(done.filter(({ status }) => status === "approved"), "images") / all : undefined;
}

/** Return the cost of a thousand images, of those whose cost is known; undefined if it is of none. */
export function costPerThousand(rows) {
  const priced = rows.filter(({ cost_usd: cost }) => Number.isFinite(cost));
  const images = sum(priced, "images");
  return images ? (1000 * sum(priced, "cost_usd")) / images : undefined;
}

/** Return the status and reason of most images that tell their times; undefined if none do. */
export function mostTimed(rows) {
  return rows
    .filter(({ median_seconds: median }) => Number.isFinite(median))
    .reduce((most, row) => (most && most.images >= row.images ? most : row), undefined);
}

/** Return the images per status, without those that have none. */
export function perStatus(rows) {
  return Object.entries(STATUSES).map(([key, name]) => ({
    key,
    name,
    value: sum(rows.filter(({ status }) => status === key), "images"),
  })).filter(({ value }) => value > 0);
}

/** Return the images per reason, the most frequent first. */
export function perReason(rows) {
  const sums = new Map();
  for (const { status, reason, images } of rows) {
    if (!reason) continue;
    const known = sums.get(reason) ?? { key: status, reason, value: 0 };
    sums.set(reason, { ...known, value: known.value + images });
  }
  return [...sums.values()].sort((one, other) => other.value - one.value);
}

/**
 * Return every hour or day of a span with its rows, those without pictures too.
 * @returns {{start: Date, rows: object[]}[]}
 */
export function periodsOf({ from, to, per, counts }) {
  const rows = new Map();
  for (const row of counts) {
    const start = Date.parse(row.start);
    rows.set(start, [...(rows.get(start) ?? []), row]);
  }
  const periods = [];
  for (let start = Date.parse(from); start < Date.parse(to); start += LENGTHS[per]) {
    periods.push({ start: new Date(start), rows: rows.get(start) ?? [] });
  }
  return periods;
}

function sum(rows, name) {
  return rows.reduce((total, row) => total + (row[name] ?? 0), 0);
}
