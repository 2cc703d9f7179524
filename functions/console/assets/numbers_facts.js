/** Facts for the dashboard, computed from what GET /stats answers. Pure. */

export const STATUSES = [
  { key: "approved", name: "Approved" },
  { key: "review", name: "In review" },
  { key: "rejected", name: "Rejected" },
  { key: "failed", name: "Failed" },
  { key: "processing", name: "Processing" },
  { key: "pending", name: "Pending" },
  { key: "deleted", name: "Deleted" },
];
const OUTCOMES = new Set(["approved", "review", "rejected", "failed"]);
const LENGTHS = { hour: 3_600_000, day: 86_400_000 };

/** Return the sums over all rows of some counts. */
export function overall(rows) {
  const images = sum(rows, "images");
  const done = rows.filter(({ status }) => OUTCOMES.has(status));
  const priced = rows.filter(({ cost_usd: cost }) => Number.isFinite(cost));
  const cost = sum(priced, "cost_usd");
  const billed = sum(priced, "images");
  return {
    images,
    approved: share(done, "approved"),
    cost: billed ? cost : undefined,
    perThousand: billed ? (1000 * cost) / billed : undefined,
  };
}

/**
 * Return a value for several rows at once from that of each, weighted by their images.
 * The API gives medians per row; where it has none over all, this is close enough for a chart.
 */
export function weighted(rows, name) {
  const known = rows.filter((row) => Number.isFinite(row[name]));
  const images = sum(known, "images");
  return images ? known.reduce((total, row) => total + row[name] * row.images, 0) / images : undefined;
}

/** Return the images per status, without those that have none. */
export function perStatus(rows) {
  return STATUSES.map(({ key, name }) => ({
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

function share(rows, wanted) {
  const all = sum(rows, "images");
  return all ? sum(rows.filter(({ status }) => status === wanted), "images") / all : undefined;
}
