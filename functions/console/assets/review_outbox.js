/**
 * Decisions between the moment they are made and the moment the API has them.
 *
 * A decision is sent ten seconds after it was made, so that undoing it publishes nothing. It is
 * kept in the session of the tab, with its idempotency keys: after a reload, a new sign-in or
 * a lost connection it is sent again and still counts once.
 */

export const UNDO_SECONDS = 10;
const KEPT = "decisions";
const LONGEST_WAIT = 30_000;

/**
 * @typedef {{image_id: string, etag: string, key: string}} Target
 * @typedef {{id: string, by: string, name: string, decision: "approve"|"reject", reason: string,
 *   note: string, images: Target[], due: number, state: "waiting"|"sending"|"blocked", item?: object}} Entry
 */

export class Outbox {
  /** @type {Entry[]} the oldest first */
  entries = [];
  /** @type {{id: string, text: string}[]} decisions that the API refused */
  refusals = [];
  sent = 0;
  #listeners = new Set();
  #timer;

  /**
   * @param {(entry: Entry, target: Target, keepalive: boolean) => Promise} send sends one decision
   * @param {Storage} storage of the tab
   * @param {() => string} newKey makes idempotency keys
   * @param {() => string} who is signed in: nothing is kept of anybody else
   */
  constructor({ send, storage, newKey, who, now = Date.now }) {
    Object.assign(this, { send, storage, newKey, who, now });
  }

  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Take up what this person has decided before the page was loaded again. */
  resume() {
    const loaded = new Set(this.entries.map(({ id }) => id));
    const kept = read(this.storage).filter(({ id, by }) => by === this.who() && !loaded.has(id));
    // What was being sent when the page went may have arrived: too late to undo it.
    this.entries.unshift(...kept.map((entry) => (entry.state === "waiting" ? entry : { ...entry, state: "blocked", due: 0 })));
    this.#changed();
  }

  /** Keep a decision about images until it is time to send it. */
  decide({ images, ...decision }) {
    const entry = {
      ...decision,
      by: this.who(),
      id: this.newKey(),
      images: images.map(({ image_id, etag }) => ({ image_id, etag, key: this.newKey() })),
      due: this.now() + UNDO_SECONDS * 1000,
      state: "waiting",
    };
    this.entries.push(entry);
    this.#changed();
    return entry;
  }

  /** Take back the latest decision that has not been sent; return it, or undefined. */
  undo() {
    const entry = this.entries.findLast(({ state }) => state === "waiting");
    if (entry) this.#remove(entry);
    return entry;
  }

  /** Ids of images that are decided about here, but perhaps not yet for the API. */
  ids() {
    return this.entries.flatMap(({ images }) => images.map(({ image_id }) => image_id));
  }

  /** Send everything now; with keepalive also if the page is closed meanwhile. */
  flush(keepalive = false) {
    const open = this.entries.filter(({ state }) => state !== "sending");
    return Promise.all(open.map((entry) => this.#deliver(entry, keepalive)));
  }

  dismiss(refusal) {
    this.refusals = this.refusals.filter((each) => each !== refusal);
    this.#changed();
  }

  async #deliver(entry, keepalive) {
    entry.state = "sending";
    this.#changed();
    const results = await Promise.all(entry.images.map((target) => this.#sendOne(entry, target, keepalive)));
    entry.images = entry.images.filter((_, place) => !results[place]);
    if (!entry.images.length) {
      this.#remove(entry);
      return;
    }
    entry.tries = (entry.tries ?? 0) + 1;
    entry.due = this.now() + Math.min(LONGEST_WAIT, 1000 * 2 ** entry.tries);
    entry.state = "blocked";
    this.#changed();
  }

  /** Send the decision about one image; return whether that is settled, for better or worse. */
  async #sendOne(entry, target, keepalive) {
    try {
      await this.send(entry, target, keepalive);
      this.sent += 1;
      return true;
    } catch (problem) {
      if (isPassing(problem)) {
        entry.why = problem.message;
        return false;
      }
      this.refusals = [...this.refusals, { id: target.image_id, name: entry.name, text: refusal(problem) }];
      return true;
    }
  }

  #remove(entry) {
    this.entries = this.entries.filter((each) => each !== entry);
    this.#changed();
  }

  #changed() {
    const kept = this.entries.filter(({ by }) => by === this.who()).map(({ item, ...entry }) => entry);
    if (kept.length) this.storage.setItem(KEPT, JSON.stringify(kept));
    else this.storage.removeItem(KEPT);
    clearTimeout(this.#timer);
    const dues = this.entries.filter(({ state }) => state !== "sending").map(({ due }) => due);
    if (dues.length) {
      this.#timer = setTimeout(() => this.#sendDue(), Math.max(0, Math.min(...dues) - this.now()));
    }
    for (const listener of this.#listeners) listener();
  }

  #sendDue() {
    const due = this.entries.filter((entry) => entry.state !== "sending" && entry.due <= this.now());
    for (const entry of due) this.#deliver(entry, false);
    if (!due.length) this.#changed();
  }
}

/** Return whether the same request may succeed later. */
function isPassing({ status }) {
  return !status || status >= 500 || [401, 408, 429].includes(status);
}

function refusal({ status, message }) {
  if (status === 412) return "Somebody else has decided about it, or it has changed. Your decision was not recorded.";
  if (status === 404) return "It is gone. Your decision was not recorded.";
  return `Your decision was not recorded: ${message}`;
}

function read(storage) {
  try {
    const kept = JSON.parse(storage.getItem(KEPT) ?? "[]");
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}
