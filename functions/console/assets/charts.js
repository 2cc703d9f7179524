/** Charts as inline SVG, each with a text alternative and the same numbers as a table. */

import { html, useLayoutEffect, useRef, useState } from "./vendor/htm-preact-standalone.js";

const HEIGHT = 220;
const MARGIN = { top: 8, right: 4, bottom: 24, left: 44 };
const NARROWEST = 240;
const HALF = 22; // the widest label, which no edge cuts

/**
 * Stacked bars, one per period.
 * @param {{title: string, summary: string, series: {key: string, name: string}[],
 *   periods: {name: string, short: string, values: Object<string, number>}[],
 *   format: (value: number) => string}} props
 */
export function StackedBars({ title, summary, series, periods, format }) {
  const sums = periods.map(({ values }) => series.reduce((sum, { key }) => sum + (values[key] ?? 0), 0));
  const draw = (scale) =>
    periods.map((period, place) => {
      let top = 0;
      return html`<g>
        <title>${spoken(period, series, format)}</title>
        <rect class="chart-hover" x=${scale.left(place)} y=${MARGIN.top} width=${scale.step} height=${scale.tall} />
        ${series.map(({ key }) => {
          const value = period.values[key] ?? 0;
          const start = top;
          top += value;
          return value > 0 && html`<rect
            class=${`series series-${key}`} x=${scale.left(place) + scale.gap} width=${scale.bar}
            y=${scale.y(top)} height=${Math.max(1, scale.y(start) - scale.y(top))}
          />`;
        })}
      </g>`;
    });
  return html`<${Chart} title=${title} summary=${summary} series=${series} periods=${periods}
    highest=${Math.max(0, ...sums)} format=${format} draw=${draw} whole />`;
}

/** Lines over the same periods; a period without a value interrupts its line. Props as above. */
export function Lines({ title, summary, series, periods, format }) {
  const values = periods.flatMap((period) => series.map(({ key }) => period.values[key] ?? 0));
  const draw = (scale) =>
    series.map(({ key }) => html`<g class=${`series series-${key}`}>
      <path class="chart-line" d=${path(periods, key, scale)} />
      ${periods.map((period, place) => Number.isFinite(period.values[key]) && html`<circle
        cx=${scale.middle(place)} cy=${scale.y(period.values[key])} r=${scale.step > 8 ? 3 : 1.5}
      ><title>${spoken(period, series, format)}</title></circle>`)}
    </g>`);
  return html`<${Chart} title=${title} summary=${summary} series=${series} periods=${periods}
    highest=${Math.max(0, ...values)} format=${format} draw=${draw} />`;
}

/**
 * Rows with a bar each: a table that needs no other alternative.
 * @param {{title: string, column: string, rows: {key: string, name: any, value: number, words: string}[]}} props
 */
export function Bars({ title, column, rows }) {
  const highest = Math.max(1, ...rows.map(({ value }) => value));
  return html`<table class="bars">
    <caption><h2>${title}</h2></caption>
    <thead class="visually-hidden"><tr><th scope="col">${column}</th><th scope="col">Pictures</th></tr></thead>
    <tbody>${rows.map(({ key, name, value, words }) => html`<tr>
      <th scope="row">${name}</th>
      <td>
        <svg class="bars-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
          <rect class=${`series series-${key}`} width=${(100 * value) / highest} height="10" />
        </svg>
        <span>${words}</span>
      </td>
    </tr>`)}</tbody>
  </table>`;
}

function Chart({ title, summary, series, periods, highest, format, draw, whole }) {
  const [frame, width] = useWidth();
  const scale = scaleOf(periods.length, width, highest, whole);
  return html`<figure class="chart">
    <figcaption><h2>${title}</h2></figcaption>
    <ul class="legend" aria-hidden="true">${series.map(({ key, name }) => html`<li>
      <svg viewBox="0 0 10 10" width="12" height="12"><rect class=${`series series-${key}`} width="10" height="10" /></svg>
      ${name}
    </li>`)}</ul>
    <div ref=${frame} class="chart-frame">
      <svg role="img" aria-label=${`${title}. ${summary}`} width=${width} height=${HEIGHT} viewBox=${`0 0 ${width} ${HEIGHT}`}>
        ${scale.ticks.map((value) => html`<g class="chart-tick">
          <line x1=${MARGIN.left} x2=${width - MARGIN.right} y1=${scale.y(value)} y2=${scale.y(value)} />
          <text x=${MARGIN.left - 6} y=${scale.y(value)} dy="0.32em" text-anchor="end">${value === 0 ? "0" : format(value)}</text>
        </g>`)}
        ${labelled(periods.length, width).map((place) => html`<text
          class="chart-label" x=${Math.min(scale.middle(place), width - HALF)} y=${HEIGHT - 6} text-anchor="middle"
        >${periods[place].short}</text>`)}
        ${draw(scale)}
      </svg>
    </div>
    <p class="chart-summary">${summary}</p>
    <details><summary>${title}, as a table</summary>
      <div class="scrolling" tabindex="0" role="region" aria-label=${`Table: ${title}`}><table>
        <thead><tr><th scope="col">Period</th>${series.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead>
        <tbody>${periods.map((period) => html`<tr>
          <th scope="row">${period.name}</th>
          ${series.map(({ key }) => html`<td>${Number.isFinite(period.values[key]) ? format(period.values[key]) : "–"}</td>`)}
        </tr>`)}</tbody>
      </table></div>
    </details>
  </figure>`;
}

/** Return where values and periods are in a chart; pure. */
export function scaleOf(count, width, highest, whole) {
  const ticks = ticksFor(highest, whole);
  const tall = HEIGHT - MARGIN.top - MARGIN.bottom;
  const step = (width - MARGIN.left - MARGIN.right) / Math.max(1, count);
  const gap = step > 6 ? Math.min(6, step * 0.15) : step > 3 ? 0.5 : 0;
  const left = (place) => MARGIN.left + place * step;
  return {
    ticks,
    tall,
    step,
    gap,
    bar: step - 2 * gap,
    left,
    middle: (place) => left(place) + step / 2,
    y: (value) => MARGIN.top + tall * (1 - value / ticks.at(-1)),
  };
}

/** Return round values from zero to at least the highest; whole ones for counts. */
export function ticksFor(highest, whole) {
  const rough = (highest || 1) / 4;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const nice = [1, 2, 2.5, 5, 10].map((factor) => factor * unit).find((size) => size >= rough * 0.999);
  const step = whole ? Math.max(1, Math.ceil(nice)) : nice;
  const count = Math.max(1, Math.ceil(highest / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, place) => Number((place * step).toPrecision(12)));
}

function labelled(count, width) {
  const room = Math.max(1, Math.floor((width - MARGIN.left) / 64));
  const every = Math.max(1, Math.ceil(count / room));
  const places = [];
  for (let place = Math.floor(every / 2); place < count; place += every) places.push(place);
  return places;
}

function path(periods, key, scale) {
  let drawing = false;
  return periods
    .map(({ values }, place) => {
      if (!Number.isFinite(values[key])) {
        drawing = false;
        return "";
      }
      const command = drawing ? "L" : "M";
      drawing = true;
      return `${command}${scale.middle(place).toFixed(1)} ${scale.y(values[key]).toFixed(1)}`;
    })
    .join("");
}

function spoken(period, series, format) {
  const facts = series
    .filter(({ key }) => Number.isFinite(period.values[key]))
    .map(({ key, name }) => `${name}: ${format(period.values[key])}`);
  return `${period.name}\n${facts.join("\n") || "nothing"}`;
}

/** Return a ref and the width of its element, which follows the window. */
function useWidth() {
  const frame = useRef(null);
  const [width, setWidth] = useState(640);
  useLayoutEffect(() => {
    const measure = () => setWidth(Math.max(NARROWEST, Math.floor(frame.current.clientWidth)));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  return [frame, width];
}
