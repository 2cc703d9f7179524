/** A grid of tiles, of which only those near the window exist. */

import { html, useEffect, useLayoutEffect, useRef, useState } from "./vendor/htm-preact-standalone.js";
import { Tile } from "./gallery_tile.js";

const NARROWEST = 150; // CSS pixels
const WIDEST = 0.085; // of the window: tiles grow with it
const GAP = 12;
const SHAPE = 0.75; // height of a picture per width
const CAPTION = 3.75; // rem
const SPARE = 3; // rows around the window
const EARLY = 6; // rows before the end at which the next page is loaded
const END = 4; // rem below the last row

/**
 * @param {{list: import("./gallery_list.js").ImageList, selection: Set<string>,
 *   select: (ids: string[], on: boolean) => void, clear: () => void, open: (id: string) => void}} props
 */
export function Grid({ list, selection, select, clear, children }) {
  const grid = useRef(null);
  const size = useSize(grid);
  const range = useRange(grid, size, list);
  const [active, setActive] = useState(0);
  const anchor = useRef(null);
  const focusing = useRef(false);
  const actions = useRef({});
  const { images } = list;
  const { columns, height } = size;
  const rows = Math.ceil(images.length / columns);
  const had = grid.current?.contains(document.activeElement);
  const current = Math.min(active, Math.max(0, images.length - 1));

  useEffect(() => {
    if (range.last >= rows - EARLY && !list.problem) list.more();
  }, [range.last, rows, list.loading, list.problem]);
  useLayoutEffect(() => {
    // A row that moves in the document loses the focus.
    const lost = had && !grid.current.contains(document.activeElement);
    if (!focusing.current && !lost) return;
    const cell = grid.current.querySelector(`[data-place="${current}"] a`);
    cell?.focus({ preventScroll: true });
    if (focusing.current) cell?.closest("[role=row]").scrollIntoView({ block: "nearest" });
    focusing.current = false;
  });

  const go = (place, extend) => {
    const next = Math.max(0, Math.min(images.length - 1, place));
    if (extend) {
      anchor.current ??= current;
      const [from, to] = [anchor.current, next].sort((one, other) => one - other);
      select(images.slice(from, to + 1).map(({ image_id: id }) => id), true);
    } else anchor.current = null;
    focusing.current = true;
    if (next === current) setActive(-1); // renders in any case
    setActive(next);
  };
  const press = (event) => {
    const page = columns * Math.max(1, Math.floor(innerHeight / height) - 1);
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, PageDown: page, PageUp: -page };
    if (event.ctrlKey || event.metaKey) {
      if (event.key.toLowerCase() !== "a") return;
      select(images.map(({ image_id: id }) => id), true);
    } else if (event.altKey) return;
    else if (event.key in steps) go(current + steps[event.key], event.shiftKey);
    else if (event.key === "Home") go(0, event.shiftKey);
    else if (event.key === "End") go(images.length - 1, event.shiftKey);
    else if (event.key === " ") toggle(current);
    else if (event.key === "Escape" && selection.size) clear();
    else return;
    event.preventDefault();
  };
  const toggle = (place) => {
    const { image_id: id } = images[place];
    anchor.current = place;
    setActive(place);
    select([id], !selection.has(id));
  };
  const reach = (place) => {
    const [from, to] = [anchor.current ?? current, place].sort((one, other) => one - other);
    select(images.slice(from, to + 1).map(({ image_id: id }) => id), true);
  };

  actions.current = { toggle, reach };

  const shown = new Set([Math.floor(current / columns)]);
  for (let row = Math.max(0, range.first); row <= Math.min(rows - 1, range.last); row += 1) shown.add(row);
  const style = { gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, gap: `${GAP}px` };
  return html`<div ref=${grid} class="grid" style=${{ height: `calc(${rows * height}px + ${END}rem)` }}>
    ${images.length > 0 && html`<div role="grid" aria-label="Pictures" aria-multiselectable="true" onKeyDown=${press}
        aria-rowcount=${list.complete ? rows : -1} aria-colcount=${columns}>
      ${[...shown].filter((row) => row < rows).sort((one, other) => one - other).map((row) => html`<div
          key=${row} role="row" aria-rowindex=${row + 1} class="grid-row" style=${{ ...style, height: `${height - GAP}px`, transform: `translateY(${row * height}px)` }}>
        ${images.slice(row * columns, (row + 1) * columns).map((image, column) => {
          const place = row * columns + column;
          return html`<${Tile} key=${image.image_id} ...${{ image, place, column, list, actions }} version=${image.version}
            current=${place === current} selected=${selection.has(image.image_id)} focused=${setActive} />`;
        })}
      </div>`)}
    </div>`}
    <div class="grid-end" style=${{ transform: `translateY(${rows * height}px)` }}>${children}</div>
  </div>`;
}

/** Return how many tiles fit beside each other, and how high a row is. */
function useSize(grid) {
  const [size, setSize] = useState({ columns: 2, height: 240 });
  useLayoutEffect(() => {
    const measure = () => {
      const width = grid.current.clientWidth;
      const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
      const least = Math.max(NARROWEST, Math.min(width, 4000) * WIDEST, rem * 9);
      const columns = Math.max(1, Math.floor((width + GAP) / (least + GAP)));
      const tile = (width - (columns - 1) * GAP) / columns;
      const height = Math.round(tile * SHAPE + CAPTION * rem + GAP);
      setSize((known) => (known.columns === columns && known.height === height ? known : { columns, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(grid.current);
    return () => observer.disconnect();
  }, []);
  return size;
}

/** Return the first and last row near the window. */
function useRange(grid, { height }, list) {
  const [range, setRange] = useState({ first: 0, last: 8 });
  useLayoutEffect(() => {
    const measure = () => {
      const top = -grid.current.getBoundingClientRect().top;
      const first = Math.floor(top / height) - SPARE;
      const last = Math.ceil((top + innerHeight) / height) + SPARE;
      setRange((known) => (known.first === first && known.last === last ? known : { first, last }));
    };
    const scrolled = () => {
      list.scroll = scrollY;
      measure();
    };
    measure();
    addEventListener("scroll", scrolled, { passive: true });
    addEventListener("resize", measure);
    return () => {
      removeEventListener("scroll", scrolled);
      removeEventListener("resize", measure);
    };
  }, [height, list]);
  return range;
}
