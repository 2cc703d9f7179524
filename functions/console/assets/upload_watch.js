/** Follows images from their upload to their outcome. */

import { sleep } from "./api.js";
import { OPEN } from "./statuses.js";

const AT_ONCE = 3; // requests that wait, because browsers open few connections to a host
const LIVELY = 20_000; // ms in which each step is shown as it happens
const RETRY = 5000; // ms

export class Watcher {
  #api;
  #changed;
  #queue = [];
  #running = 0;

  /**
   * @param {import("./api.js").Api} api
   * @param {(item: object) => void} changed is called when `item.image` or `item.events` is new
   */
  constructor(api, changed) {
    this.#api = api;
    this.#changed = changed;
  }

  /** Follow the image of an item until it has an outcome or the item is gone. */
  follow(item) {
    item.watched = Date.now();
    this.#queue.push(item);
    this.#next();
  }

  async #next() {
    if (this.#running >= AT_ONCE || !this.#queue.length) return;
    const item = this.#queue.shift();
    this.#running += 1;
    const waiting = await this.#look(item);
    this.#running -= 1;
    if (waiting && !item.gone) this.#queue.push(item);
    this.#next();
    this.#next();
  }

  /** Ask once; return whether to ask again. */
  async #look(item) {
    const path = `/images/${encodeURIComponent(item.image_id)}`;
    const others = this.#queue.length >= AT_ONCE;
    const wait = others || Date.now() - item.watched < LIVELY ? 1 : 20;
    try {
      const answer = await this.#api.request("GET", `${path}?wait=${wait}`, { ifNoneMatch: item.tag });
      if (answer.body) [item.image, item.tag] = [answer.body, answer.etag];
      const events = await this.#api.request("GET", `${path}/events`);
      item.events = events.body.events;
      item.lost = false;
    } catch (error) {
      item.lost = error.message;
      this.#changed(item);
      if (error.status === 404 || error.status === 401) return false;
      await sleep(RETRY);
      return true;
    }
    if (!item.gone) this.#changed(item);
    return OPEN.has(item.image?.status ?? "pending");
  }
}
