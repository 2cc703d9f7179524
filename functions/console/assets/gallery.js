/** The pictures, the newest first. */

import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./vendor/htm-preact-standalone.js";
import { Bulk } from "./gallery_bulk.js";
import { Grid } from "./gallery_grid.js";
import { ImageList } from "./gallery_list.js";
import { STATUSES } from "./statuses.js";
import { Name, count } from "./text.js";

const FILTERS = ["q", "status", "from", "to"];
const TYPING = 400; // ms
const AGAIN = 10_000; // ms
const KEPT = 300_000; // ms for which a list is shown again as it was

let last = null;

/** Return the list for some filters, with what is loaded of it if it was just shown. */
function listOf(api, filters) {
  const key = filters.toString();
  if (last?.key !== key || Date.now() - last.left > KEPT) last = { key, list: new ImageList(api, asked(filters)), left: Infinity };
  last.left = Infinity;
  return last.list;
}

export function Gallery({ api, session, announce, params }) {
  const filters = given(params.query);
  const key = filters.toString();
  const list = useMemo(() => listOf(api, filters), [api, key]);
  const [selection, setSelection] = useState(new Set());
  useList(list, key, announce);
  useEffect(() => setSelection(new Set()), [list]);
  useLayoutEffect(() => {
    if (list.scroll) scrollTo(0, list.scroll);
    return () => {
      if (last) last.left = Date.now();
    };
  }, [list]);
  const select = (ids, on) => {
    const next = new Set(selection);
    ids.forEach((id) => (on ? next.add(id) : next.delete(id)));
    setSelection(next);
    announce(next.size ? `${next.size} selected.` : "None selected.");
  };
  const clear = () => (setSelection(new Set()), announce("None selected."));
  const show = () => (list.show(), scrollTo(0, 0), announce("Showing the newest."));
  return html`<div class="gallery">
    <h1 tabindex="-1">Pictures</h1>
    <${Filters} filters=${filters} />
    ${list.arrived.length > 0 && html`<button type="button" class="main arrived" onClick=${show}>Show ${count(list.arrived.length, "new picture")}</button>`}
    <${Grid} ...${{ list, selection, select, clear }}><${End} list=${list} filtered=${key !== ""} may=${session.may("images:write")} /><//>
    <${Bulk} ...${{ api, list, selection, setSelection, announce }} may=${session.may("images:write")} />
  </div>`;
}

/** Follow a list, and keep it current while the page is visible. */
function useList(list, key, announce) {
  const [, render] = useState(0);
  const told = useRef(null);
  useEffect(() => {
    const changed = () => {
      render((number) => number + 1);
      if (list.loading || list.problem || told.current === list) return;
      told.current = list;
      if (key) announce(list.images.length ? `${list.complete ? "" : "More than "}${count(list.images.length, "picture")} found.` : "No picture found.");
    };
    const stop = list.subscribe(changed);
    const look = async () => {
      if (document.visibilityState !== "visible") return;
      await list.look();
      list.follow();
      if (scrollY < 100 && list.arrived.length) list.show();
    };
    const timer = setInterval(look, AGAIN);
    if (list.images.length) look();
    else list.more();
    return () => {
      stop();
      clearInterval(timer);
      list.leave();
    };
  }, [list]);
}

function Filters({ filters }) {
  const query = filters.get("q") ?? "";
  const [words, setWords] = useState(query);
  const timer = useRef(null);
  const change = (name, value) => {
    const next = given(new URLSearchParams(location.hash.split(/\?(.*)/s)[1] ?? ""));
    if (value.trim()) next.set(name, value.trim());
    else next.delete(name);
    const text = next.toString();
    location.replace(`#/${text && `?${text}`}`);
  };
  const type = (event) => {
    const { value } = event.target;
    setWords(value);
    stop();
    timer.current = setTimeout(() => (stop(), change("q", value)), TYPING);
  };
  const stop = () => {
    clearTimeout(timer.current);
    timer.current = null;
  };
  useEffect(() => stop, []);
  useEffect(() => {
    // The address may change otherwise, too; what is being typed stays.
    if (!timer.current && words.trim() !== query) setWords(query);
  }, [query]);
  const date = (name, label) => html`<label>${label}
    <input type="date" value=${filters.get(name) ?? ""} onChange=${(event) => change(name, event.target.value)} /></label>`;
  const reset = () => (stop(), setWords(""), location.replace("#/"));
  return html`<form class="filters" role="search" aria-label="Pictures" onSubmit=${(event) => (event.preventDefault(), stop(), change("q", words))}>
    <label class="filters-words">Search <input type="search" value=${words} onInput=${type} placeholder="Name, month, camera, label" maxlength="200" autocomplete="off" /></label>
    <label>Status <select value=${filters.get("status") ?? ""} onChange=${(event) => change("status", event.target.value)}>
      <option value="">All</option>${Object.entries(STATUSES).map(([value, name]) => html`<option value=${value}>${name}</option>`)}</select></label>
    ${date("from", "From")} ${date("to", "To")}
    <button type="button" disabled=${!filters.toString()} onClick=${reset}>Show all</button>
  </form>`;
}

/** What follows the last row. */
function End({ list, filtered, may }) {
  if (list.problem) {
    return html`<p role="alert"><${Name} text=${list.problem} /> <button type="button" onClick=${() => list.more()}>Try again</button></p>`;
  }
  if (!list.complete) return html`<p class="quiet" aria-busy=${list.loading || !list.images.length}>Loading …</p>`;
  if (list.images.length) return html`<p class="quiet">${count(list.images.length, "picture")}</p>`;
  if (filtered) return html`<p>No picture matches. Search for whole words of its name.</p>`;
  return html`<p>There is no picture yet. ${may && html`<a href="#/upload">Upload the first</a>`}</p>`;
}

/** Return filters as GET /images takes them: the days are those of the reader. */
function asked(filters) {
  const query = new URLSearchParams(filters);
  for (const [name, time] of [["from", "00:00"], ["to", "23:59:59.999"]]) {
    const at = new Date(`${query.get(name)}T${time}`);
    if (!Number.isNaN(at.getTime())) query.set(name, at.toISOString());
  }
  return query;
}

function given(query) {
  return new URLSearchParams(FILTERS.map((name) => [name, query.get(name)]).filter(([, value]) => value));
}
