/** The dashboard: how many pictures there are, how long they take, what they cost. */

import { html, useEffect, useState } from "./vendor/htm-preact-standalone.js";
import { Bars, Lines, StackedBars } from "./charts.js";
import { approvedShare, costPerThousand, mostTimed, perReason, perStatus, periodsOf } from "./numbers_facts.js";
import { dollars, number } from "./picture_facts.js";
import { capitalized, reasonWords } from "./picture_history.js";
import { STATUSES } from "./statuses.js";
import { Name, count, elapsed } from "./text.js";

const SPANS = {
  day: { name: "Last 24 hours", days: 1, per: "hour" },
  week: { name: "Last 7 days", days: 7, per: "hour" },
  month: { name: "Last 30 days", days: 30, per: "day" },
  year: { name: "Last 365 days", days: 365, per: "day" },
};
const AGAIN = 60_000; // ms
const LENGTHS = { hour: 3_600_000, day: 86_400_000 };
const TIMES = [
  { key: "median", name: "Median" },
  { key: "p95", name: "95th percentile" },
];

export function Numbers({ api, announce }) {
  const [span, setSpan] = useState("day");
  const { stats, queue, problem, loading, reload } = useNumbers(api, span);
  const retry = () => {
    document.querySelector("main h1").focus(); // the button goes
    reload();
  };
  const choose = (event) => {
    setSpan(event.target.value);
    announce(`Counting the ${SPANS[event.target.value].name.toLowerCase()}.`);
  };
  return html`<div class="numbers" aria-busy=${loading}>
    <header class="numbers-head">
      <h1 tabindex="-1">Numbers</h1>
      <label class="field">Period${" "}
        <select value=${span} onChange=${choose}>${Object.entries(SPANS).map(([key, { name }]) => html`<option value=${key}>${name}</option>`)}</select>
      </label>
    </header>
    ${problem && html`<div role="alert" class="notice notice-bad"><p><${Name} text=${problem} /></p>
      <button type="button" onClick=${retry}>Try again</button></div>`}
    ${!stats && loading && html`<p>Counting …</p>`}
    ${stats && html`<${Board} stats=${stats} queue=${queue} />`}
  </div>`;
}

/** Ask for the counts of a period and for the queue; what one of them fails to tell, the other still does. */
function useNumbers(api, span) {
  const [found, setFound] = useState({ stats: null, queue: null, problem: "", loading: true });
  const [again, setAgain] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    const ask = async (path) => (await api.request("GET", path, { signal: stop.signal })).body;
    let looking = false;
    const look = async () => {
      if (looking) return;
      looking = true;
      const { days, per } = SPANS[span];
      // The period that has begun is the last one of them.
      const from = new Date(Date.now() - days * LENGTHS.day + LENGTHS[per]).toISOString();
      const [stats, queue] = await Promise.allSettled([ask(`/stats?${new URLSearchParams({ from, per })}`), ask("/reviews")]);
      looking = false;
      if (stop.signal.aborted) return;
      const problem = (stats.reason ?? queue.reason)?.message ?? "";
      setFound((known) => ({ span, stats: stats.value ?? known.stats, queue: queue.value ?? known.queue, problem, loading: false }));
    };
    setFound((known) => ({ ...known, stats: known.span === span ? known.stats : null, loading: true }));
    look();
    const timer = setInterval(() => document.visibilityState === "visible" && look(), AGAIN);
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, [api, span, again]);
  return { ...found, reload: () => setAgain((times) => times + 1) };
}

function Board({ stats, queue }) {
  const { images, median_seconds: median, p95_seconds: p95, cost_usd: cost } = stats.overall;
  const approved = approvedShare(stats.totals);
  const age = queue?.oldest_created_at && elapsed((Date.now() - Date.parse(queue.oldest_created_at)) / 1000);
  return html`
    <dl class="tiles">
      <${Tile} name="Pictures" value=${number(images, 0)} />
      <${Tile} name="Approved, of those with an outcome" value=${approved === undefined ? "–" : `${number(100 * approved, 1)}%`} />
      <${Tile} name="Median from upload to outcome" value=${elapsed(median) || "–"} />
      <${Tile} name="95th percentile" value=${elapsed(p95) || "–"} />
      <${Tile} name="Waiting for review" value=${queue ? number(queue.images, 0) : "–"} />
      <${Tile} name="Oldest in the queue" value=${age || "–"} />
      <${Tile} name="Cost per 1,000 pictures" value=${dollars(costPerThousand(stats.totals)) || "–"} />
      <${Tile} name="Cost of the period" value=${dollars(cost) || "–"} />
    </dl>
    ${!stats.totals.length
      ? html`<p class="quiet">No picture became known in this period.</p>`
      : html`<${Charts} stats=${stats} />`}
    <p class="quiet">Counted by when a picture became known, with its status of now. Costs are estimates at list prices.</p>
  `;
}

function Tile({ name, value }) {
  return html`<div class="tile"><dt>${name}</dt><dd>${value}</dd></div>`;
}

function Charts({ stats }) {
  const periods = periodsOf(stats);
  const names = periodNames(periods, stats.per);
  const counted = periods.map(({ rows }, place) => ({ ...names[place], values: sums(rows) }));
  const most = mostTimed(stats.totals);
  const timed = periods.map(({ rows }, place) => {
    const row = rows.find(({ status, reason }) => most && status === most.status && reason === most.reason);
    return { ...names[place], values: { median: row?.median_seconds, p95: row?.p95_seconds } };
  });
  const present = Object.entries(STATUSES).map(([key, name]) => ({ key, name })).filter(({ key }) => counted.some(({ values }) => values[key]));
  const all = stats.totals.reduce((total, { images }) => total + images, 0);
  const row = ({ key, name, value }) => ({ key, name, value, words: `${number(value, 0)} (${number((100 * value) / all, 1)}%)` });
  const reasons = perReason(stats.totals);
  return html`
    <section class="card" aria-label=${`Pictures per ${stats.per}`}>
      <${StackedBars} title=${`Pictures per ${stats.per}`} summary=${countSummary(counted, stats.per)} series=${present} periods=${counted} format=${(value) => number(value, 0)} />
    </section>
    <div class="numbers-pair">
      <section class="card" aria-label="By status"><${Bars} title="By status" column="Status" rows=${perStatus(stats.totals).map(row)} /></section>
      <section class="card" aria-label="By reason">${reasons.length
        ? html`<${Bars} title="By reason" column="Reason" rows=${reasons.map((each) => row({ ...each, name: html`<${Name} text=${capitalized(reasonWords(each.reason))} />` }))} />`
        : html`<h2>By reason</h2><p class="quiet">No picture was stopped for a reason.</p>`}</section>
    </div>
    ${most && html`<section class="card" aria-label="From upload to outcome">
      <${Lines} title=${`From upload to outcome: ${STATUSES[most.status].toLowerCase()}${most.reason ? `, ${reasonWords(most.reason)}` : ""}`} summary=${timeSummary(timed, stats.per)} series=${TIMES} periods=${timed} format=${elapsed} />
    </section>`}
  `;
}

function sums(rows) {
  const values = {};
  for (const { status, images } of rows) values[status] = (values[status] ?? 0) + images;
  return values;
}

function countSummary(periods, per) {
  const totals = periods.map(({ values }) => Object.values(values).reduce((sum, each) => sum + each, 0));
  const most = Math.max(...totals);
  const all = totals.reduce((sum, each) => sum + each, 0);
  const busiest = periods[totals.indexOf(most)].name;
  return `${count(all, "picture")} in ${periods.length} ${per}s. Most in one ${per}: ${number(most, 0)}, ${busiest}.`;
}

function timeSummary(periods, per) {
  const known = periods.filter(({ values }) => Number.isFinite(values.p95));
  if (!known.length) return "No picture has had an outcome in this period.";
  const slowest = known.reduce((worst, each) => (each.values.p95 > worst.values.p95 ? each : worst));
  return `Slowest ${per}: ${slowest.name}, when 95% took at most ${elapsed(slowest.values.p95)}.`;
}

/** Return the names of periods: hours in the local time of the person, days as the API counts them. */
function periodNames(periods, per) {
  const zone = per === "day" ? { timeZone: "UTC" } : {};
  const long = new Intl.DateTimeFormat("en-US", { month: "short", day: "numeric", ...(per === "hour" && { hour: "numeric", minute: "2-digit" }), ...zone });
  const crowded = per === "day" || periods.length > 48;
  const short = new Intl.DateTimeFormat("en-US", crowded ? { month: "short", day: "numeric", ...zone } : { hour: "numeric" });
  return periods.map(({ start }) => ({ name: long.format(start), short: short.format(start) }));
}
