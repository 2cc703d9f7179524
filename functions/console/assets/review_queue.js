/**
 * The review queue: takes the oldest picture that nobody else holds, under a lease that it renews
 * while the picture is open. Meanwhile it takes the one after it, so that nobody waits between two.
 */

const RENEWAL = 50_000; // ms: a lease is for 120 s
const POLL = 10_000; // ms, while nothing waits
const FRESH = 50_000; // ms: URLs of renditions are valid for 60 s
const SKIPPABLE = 1000; // ids, as the API allows

export class Queue {
  kind = "loading"; // or showing, empty, failed
  /** The open picture: what GET /reviews/{id} answers, and its near-duplicates alike. */
  item = null;
  /** The picture that was open before. */
  before = null;
  problem = null;
  /** The picture that was open when its lease was lost; null again once the next one is left. */
  lost = null;
  skipped = new Set();
  counts = null;
  #ahead = []; // the next one last
  #coming = null;
  #open = false;
  #listeners = new Set();
  #turn = 0;
  #timers = [];
  #online = () => this.kind === "failed" && this.next();

  /**
   * @param {object} calls of the API: next(skip), get(id), counts(), renew(id), release(id, keepalive)
   * @param {() => string[]} decided ids of images whose decision is not sent yet
   */
  constructor({ calls, decided }) {
    Object.assign(this, { calls, decided });
  }

  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  open() {
    this.#open = true;
    this.#timers = [
      setInterval(() => this.#renew(), RENEWAL),
      setInterval(() => this.#look(), POLL),
    ];
    addEventListener("online", this.#online);
    this.next();
    this.refreshCounts();
  }

  /** Release what is held; decisions that wait to be sent keep theirs. */
  close() {
    this.#open = false;
    this.#turn += 1;
    this.#timers.forEach(clearInterval);
    removeEventListener("online", this.#online);
    for (const item of [this.item, ...this.#ahead]) if (item) this.#release(item);
    this.item = null;
    this.#ahead = [];
  }

  /** Open the next picture. */
  async next() {
    const turn = (this.#turn += 1);
    if (!this.#ahead.length) {
      this.#become({ kind: this.kind === "empty" ? "empty" : "loading", item: null, problem: null });
      try {
        await this.#coming?.catch(() => {});
        if (turn === this.#turn && !this.#ahead.length) await this.#take();
      } catch (problem) {
        if (turn === this.#turn) this.#become({ kind: "failed", problem });
        return;
      }
      if (turn !== this.#turn) return;
    }
    const item = this.#ahead.pop();
    if (!item) return this.#become({ kind: "empty" });
    this.#show(item);
    if (Date.now() - item.at > RENEWAL) this.#renew();
    this.#take().catch(() => {}); // what fails now is asked for again when it is needed
  }

  /** Take one more picture, which becomes the last to be opened. */
  #take() {
    return (this.#coming ??= this.#taken().finally(() => {
      this.#coming = null;
    }));
  }

  async #taken() {
    if (this.#ahead.length) return;
    for (;;) {
      const mine = [this.item, ...this.#ahead].filter(Boolean).flatMap(held);
      const skipped = [...this.skipped, ...this.decided(), ...mine];
      const lease = await this.calls.next([...new Set(skipped)].slice(-SKIPPABLE));
      const item = lease && (await this.#load(lease));
      if (!lease || item) {
        if (item && this.#open) this.#ahead.unshift(item);
        else if (item) this.#release(item);
        return;
      }
    }
  }

  /** Leave the open picture to others, and do not show it again. */
  skip() {
    const { item } = this;
    this.item = null;
    this.skipped.add(item.image_id);
    this.#release(item);
    return this.next();
  }

  lookAgain() {
    this.skipped.clear();
    return this.next();
  }

  /** Open a picture whose decision was undone; the one that is open comes after it. */
  reopen(item) {
    this.#turn += 1;
    if (this.item) this.#ahead.push(this.item);
    this.#show(item);
    this.#renew();
  }

  /** Return renditions of a picture with URLs that still work. */
  async renditions(picture) {
    if (Date.now() - picture.at > FRESH) {
      const { body } = await this.calls.get(picture.image_id);
      Object.assign(picture, { renditions: body.renditions, at: Date.now() });
    }
    return picture.renditions ?? [];
  }

  async refreshCounts() {
    try {
      this.#become({ counts: await this.calls.counts() });
    } catch {
      // The counts of a moment ago stay: the picture itself tells about a lost connection.
    }
  }

  async #load({ image_id, lease, near_duplicates: near = [] }) {
    const item = await this.#picture(image_id);
    if (!item) {
      this.skipped.add(image_id);
      return null;
    }
    const duplicates = await Promise.all(
      near.map(async ({ image_id: id, distance }) => {
        const found = await this.#picture(id).catch(() => null);
        return found && { ...found, distance };
      }),
    );
    return { ...item, lease, duplicates: duplicates.filter(Boolean) };
  }

  async #picture(id) {
    try {
      const { body } = await this.calls.get(id);
      return { ...body, image_id: id, at: Date.now() };
    } catch (problem) {
      if (problem.status === 404 || problem.status === 409) return null; // deleted meanwhile
      throw problem;
    }
  }

  #show(item) {
    this.#become({ kind: "showing", item, before: item, problem: null });
  }

  async #renew() {
    for (const item of [this.item, ...this.#ahead]) {
      if (!item) continue;
      try {
        await Promise.all(held(item).map((id) => this.calls.renew(id)));
      } catch (problem) {
        if (problem.status === 404 || problem.status === 409) this.#lost(item);
      }
    }
  }

  #lost(item) {
    this.#ahead = this.#ahead.filter((each) => each !== item);
    if (this.item !== item) return;
    this.lost = item;
    this.next();
  }

  #look() {
    if (document.visibilityState !== "visible") return;
    this.refreshCounts();
    if (this.kind === "empty") this.next();
  }

  #release(item) {
    for (const id of held(item)) this.calls.release(id).catch(() => {}); // it expires by itself
  }

  #become(change) {
    Object.assign(this, change);
    for (const listener of this.#listeners) listener();
  }
}

function held({ image_id, duplicates = [] }) {
  return [image_id, ...duplicates.map((each) => each.image_id)];
}
