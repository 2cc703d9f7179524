/** The images that a gallery shows: loaded page by page, kept current. */

import { fitting } from "./picture_markup.js";

const FIRST = 40; // images
const PAGE = 100;
const THUMB = 320; // CSS pixels
const RENEWAL = 60_000; // ms between two attempts to get a fresh URL
const OPEN = new Set(["pending", "processing"]);

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
    try {
      const body = await this.#page({ limit: this.#next ? PAGE : FIRST, ...(this.#next && { next: this.#next }) });
      this.#append(body.images);
      this.#next = body.next;
    } catch (error) {
      this.problem = error.detail ?? error.message;
    }
    this.loading = false;
    this.#changed();
    if (!this.problem && !this.images.length) this.more(); // a page may be empty
  }

  /** Look for newer images and changes. */
  async look() {
    if (this.loading || this.#next === undefined) return;
    let body;
    try {
      body = await this.#page({ limit: FIRST });
    } catch {
      return; // the next time
    }
    const found = body.images.map(trimmed);
    const fresh = found.filter(({ image_id: id }) => !this.#known.has(id) && !this.arrived.some((each) => each.image_id === id));
    found.forEach((image) => this.#update(image));
    const newest = this.images[0]?.created_at ?? "";
    this.arrived = [...fresh.filter(({ created_at: at }) => at > newest), ...this.arrived];
    this.#changed();
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
    if (Date.now() - (this.#renewed.get(id) ?? 0) < RENEWAL) return;
    this.#renewed.set(id, Date.now());
    try {
      const { body } = await this.#api.request("GET", `/images/${encodeURIComponent(id)}`);
      this.#update(trimmed(body));
      this.#changed();
    } catch {
      // The tile keeps its placeholder.
    }
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

  async #page(asked) {
    const query = new URLSearchParams(this.#filters);
    Object.entries(asked).forEach(([name, value]) => query.set(name, value));
    return (await this.#api.request("GET", `/images?${query}`)).body;
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
