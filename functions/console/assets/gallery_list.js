/** The images that a gallery shows: loaded page by page, kept current. */

import { fitting } from "./picture_markup.js";
import { OPEN } from "./statuses.js";

const FIRST = 40; // images
const PAGE = 100;
const THUMB = 320; // CSS pixels
const RENEWAL = 60_000; // ms between two attempts to get a fresh URL

export class ImageList {
  images = [];
  /** Newer images that are not shown yet. */
  arrived = [];
  loading = false;
  problem = "";
  scroll = 0;
  #api;
  #filters;
  #next;
  #listeners = new Set();
  #known = new Map();
  #renewed = new Map();
  #asking = new Set();
  #looking = false;
  #stop = new AbortController();

  /**
   * @param {import("./api.js").Api} api
   * @param {URLSearchParams} filters as GET /images takes them
   */
  constructor(api, filters) {
    this.#api = api;
    this.#filters = filters;
  }

  /** Whether there is no older image. */
  get complete() {
    return this.#next === null;
  }

  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Load the next page. */
  async more() {
    if (this.loading || this.complete) return;
    this.loading = true;
    this.problem = "";
    this.#changed();
    const { signal } = this.#stop;
    try {
      const body = await this.#page({ limit: this.#next ? PAGE : FIRST, ...(this.#next && { next: this.#next }) }, signal);
      if (signal.aborted) return;
      this.#append(body.images);
      this.#next = body.next;
    } catch (error) {
      if (signal.aborted) return;
      this.problem = error.message;
    }
    this.loading = false;
    this.#changed();
    if (!this.problem && !this.images.length) this.more(); // a page may be empty
  }

  /** Look for newer images and changes. */
  async look() {
    if (this.loading || this.#looking || this.#next === undefined) return;
    const { signal } = this.#stop;
    this.#looking = true;
    const body = await this.#page({ limit: FIRST }, signal).catch(() => null);
    if (signal.aborted) return;
    this.#looking = false;
    if (!body) return; // the next time
    const found = body.images.map(trimmed);
    const fresh = found.filter(({ image_id: id }) => !this.#known.has(id) && !this.arrived.some((each) => each.image_id === id));
    found.forEach((image) => this.#update(image));
    const newest = this.images[0]?.created_at ?? "";
    this.arrived = [...fresh.filter(({ created_at: at }) => at > newest), ...this.arrived];
    this.#changed();
  }

  /** Cancel what is being asked; the list can be shown again. */
  leave() {
    this.#stop.abort();
    this.#stop = new AbortController();
    this.loading = this.#looking = false;
  }

  /** Show what has arrived. */
  show() {
    this.images = [...this.arrived, ...this.images];
    this.arrived.forEach((image) => this.#known.set(image.image_id, image));
    this.arrived = [];
    this.#changed();
  }

  /** Get a fresh URL for an image whose URL has expired. */
  async renew(id) {
    if (this.#asking.has(id) || Date.now() - (this.#renewed.get(id) ?? 0) < RENEWAL) return;
    this.#renewed.set(id, Date.now());
    this.#asking.add(id);
    try {
      const { body } = await this.#api.request("GET", `/images/${encodeURIComponent(id)}`);
      this.#update(trimmed(body));
      this.#changed();
    } catch {
      // The tile keeps its placeholder.
    }
    this.#asking.delete(id);
  }

  /** Follow images that are in work, a few at a time. */
  follow() {
    this.images.filter(({ status }) => OPEN.has(status)).slice(0, 5).forEach(({ image_id: id }) => {
      this.#renewed.delete(id);
      this.renew(id);
    });
  }

  /** Leave images out, which have been deleted. */
  drop(ids) {
    this.images = this.images.filter(({ image_id: id }) => !ids.has(id));
    ids.forEach((id) => this.#known.delete(id));
    this.#changed();
  }

  async #page(asked, signal) {
    const query = new URLSearchParams(this.#filters);
    Object.entries(asked).forEach(([name, value]) => query.set(name, value));
    return (await this.#api.request("GET", `/images?${query}`, { signal })).body;
  }

  #append(images) {
    const fresh = images.map(trimmed).filter(({ image_id: id }) => !this.#known.has(id));
    fresh.forEach((image) => this.#known.set(image.image_id, image));
    this.images = [...this.images, ...fresh];
  }

  #update(image) {
    const known = this.#known.get(image.image_id);
    if (!known) return;
    // A URL that still works stays, so that the browser need not load the same pixels again.
    const same = known.thumb && image.thumb && path(known.thumb.url) === path(image.thumb.url);
    if (same && !isExpired(known.thumb)) image.thumb = known.thumb;
    Object.assign(known, image, { version: (known.version ?? 0) + 1 });
  }

  #changed() {
    this.#listeners.forEach((listener) => listener());
  }
}

/** Whether the URL of a rendition works no longer, or not for long. */
export function isExpired({ expires_at: at }) {
  return Date.parse(at) - Date.now() < 5000;
}

/** Keep only what a tile shows: ten thousand records are large. */
function trimmed({ image_id, key, status, reason, created_at, placeholder, renditions }) {
  const thumb = fitting(renditions ?? [], THUMB * Math.min(2, devicePixelRatio)) ?? null;
  return {
    ...{ image_id, key, status, reason, created_at, thumb },
    blurhash: placeholder?.blurhash,
    color: placeholder?.dominant_color,
  };
}

function path(url) {
  return url.split("?")[0];
}
