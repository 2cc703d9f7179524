/**
 * The uploads of this tab. They go on whatever view is shown, and end with the page.
 *
 * States: checking, refused (never sent), waiting, sending, paused, lost (goes on by itself), error,
 * processing, done.
 */

import { OPEN, STATUSES } from "./statuses.js";
import { signal } from "./store.js";
import { count } from "./text.js";
import { contentType, refusal, sentName } from "./upload_check.js";
import { sendForm, sendParts } from "./upload_send.js";
import { Watcher } from "./upload_watch.js";

const AT_ONCE = 3;
const LARGE = 16 * 1024 * 1024; // bytes, above which a file is sent in parts
const DRAWN = 100; // ms between two renderings
const QUIET = 1500; // ms in which outcomes are announced together
const PAUSES = [1000, 2000, 4000, 8000, 16_000, 30_000]; // ms, while the network is lost
const UNSENT = new Set(["checking", "waiting", "sending", "paused", "lost", "error"]);

let uploads;

/** Return the uploads of this tab. */
export function uploadsOf(context) {
  uploads ??= new Uploads(context);
  return uploads;
}

export class Uploads {
  items = signal([]);
  /** What was not added the last time; "" if that is nothing. */
  omitted = signal("");
  totals = signal({ files: 0, open: 0, bytes: 0, sent: 0, settled: 0 });
  #context;
  #watcher;
  #number = 0;
  #drawing = null;
  #outcomes = [];

  constructor(context) {
    this.#context = context;
    this.#watcher = new Watcher(context.api, (item) => this.#seen(item));
    addEventListener("online", () => this.#all("lost", (item) => this.#wait(item)));
    addEventListener("beforeunload", (event) => {
      if (this.unsent) event.preventDefault();
    });
  }

  /** Whether files would be lost with the page. */
  get unsent() {
    return this.items.value.some(({ state }) => UNSENT.has(state) && state !== "error");
  }

  /**
   * Add files, and send those that can be.
   * @param {{files: File[], unread?: {name: string, problem: string}[], hidden?: number}} found unread:
   *   what cannot be read; hidden: how many files were left out
   */
  async add({ files, unread = [], hidden = 0 }) {
    const { config, announce } = this.#context;
    const created = (name, size) => ({ id: (this.#number += 1), name, size, sent: 0, events: [] });
    const added = [
      ...files.map((file) => ({ ...created(file.name, file.size), file, state: "checking", key: crypto.randomUUID() })),
      ...unread.map(({ name, problem }) => ({ ...created(name, 0), state: "refused", problem })),
    ];
    this.items.value = [...this.items.value, ...added];
    if (hidden) this.omitted.value = `${count(hidden, "hidden item")} ${hidden === 1 ? "was" : "were"} left out.`;
    else this.omitted.value = added.length ? "" : "There is no file in it.";
    for (const item of added.filter(({ state }) => state === "checking")) {
      item.problem = await refusal(item.file, config);
      if (item.gone) continue;
      item.state = item.problem ? "refused" : "waiting";
      if (item.problem) item.file = null;
      this.#changed();
    }
    const refused = added.filter(({ state }) => state === "refused");
    const sending = added.filter(({ state, gone }) => state !== "refused" && !gone).length;
    announce([
      sending && `Uploading ${count(sending, "file")}.`,
      ...refused.slice(0, 3).map(({ name, problem }) => `${name} is not sent. ${problem}`),
      refused.length > 3 && `${count(refused.length - 3, "more file")} not sent.`,
      this.omitted.value,
    ].filter(Boolean).join(" "));
    this.#next();
  }

  pause(item) {
    if (!["waiting", "sending", "lost"].includes(item.state)) return;
    item.state = "paused";
    item.stop?.abort();
    this.#changed();
    this.#next();
  }

  resume(item) {
    if (!["paused", "error", "lost"].includes(item.state)) return;
    item.renewedAt = null;
    this.#wait(item);
  }

  /** Stop an upload and forget it; what has arrived of it is deleted. */
  cancel(item) {
    const { state } = item;
    this.#forget(item);
    item.stop?.abort();
    if (UNSENT.has(state)) this.#discard(item);
    this.#context.announce(`Canceled ${item.name}.`);
    this.#next();
  }

  pauseAll() {
    this.#all("waiting", (item) => this.pause(item));
    this.#all("sending", (item) => this.pause(item));
    this.#all("lost", (item) => this.pause(item));
  }

  resumeAll() {
    ["paused", "error", "lost"].forEach((state) => this.#all(state, (item) => this.resume(item)));
  }

  cancelAll() {
    this.items.value.filter(({ state }) => UNSENT.has(state)).forEach((item) => this.cancel(item));
  }

  /** Forget what has ended. */
  clearEnded() {
    ["refused", "done"].forEach((state) => this.#all(state, (item) => this.#forget(item)));
  }

  /** Forget everything, for the next person. */
  clear() {
    for (const item of this.items.value) {
      item.stop?.abort();
      this.#forget(item);
    }
  }

  #all(state, action) {
    this.items.value.filter((item) => item.state === state).forEach(action);
  }

  #wait(item) {
    clearTimeout(item.timer);
    item.state = "waiting";
    item.problem = "";
    this.#changed();
    this.#next();
  }

  #next() {
    const sending = this.items.value.filter(({ state }) => state === "sending").length;
    const next = this.items.value.filter(({ state }) => state === "waiting").slice(0, Math.max(0, AT_ONCE - sending));
    next.forEach((item) => this.#send(item));
  }

  async #send(item) {
    const stop = new AbortController();
    Object.assign(item, { state: "sending", stop });
    this.#changed();
    try {
      await this.#transfer(item, stop.signal);
      if (item.stop !== stop) return;
      Object.assign(item, { state: "processing", sent: item.size, file: null, upload: null, attempts: 0 });
      this.#watcher.follow(item);
    } catch (error) {
      if (!stop.signal.aborted) await this.#failed(item, error, stop);
    }
    this.#changed();
    this.#next();
  }

  async #transfer(item, signal) {
    const { api } = this.#context;
    const { file } = item;
    if (!item.upload) {
      item.parts = file.size > LARGE;
      const body = { filename: sentName(file.name), content_type: contentType(file), bytes: file.size };
      const answer = await api.request("POST", item.parts ? "/images?multipart" : "/images", { body, key: item.key, signal });
      Object.assign(item, { image_id: answer.body.image_id, upload: answer.body.upload, arrived: new Map() });
    }
    const progress = (sent) => {
      item.sent = sent;
      item.attempts = 0;
      this.#changed();
    };
    if (!item.parts) return sendForm(item.upload, file, progress, signal);
    await sendParts(item.upload.parts, file, item.arrived, progress, signal);
    const parts = [...item.arrived].sort(([one], [other]) => one - other).map(([number, etag]) => ({ part_number: number, etag }));
    await api.request("POST", `/images/${encodeURIComponent(item.image_id)}/upload/complete`, { body: { parts }, signal });
  }

  async #failed(item, error, stop) {
    const arrived = item.arrived?.size;
    if (error.expired && item.renewedAt !== arrived) {
      item.renewedAt = arrived; // fresh URLs that are refused as well have another reason
      await this.#renew(item).catch(() => {});
      if (!stop.signal.aborted) this.#wait(item);
      return;
    }
    // A browser does not say whether the network or the file was lost.
    const unreadable = error.status === 0 && (await refusal(item.file, this.#context.config));
    if (stop.signal.aborted) return;
    if (!item.parts) item.sent = 0;
    item.problem = unreadable || (error.status ? error.message : "There is no connection.");
    if (!unreadable && (error.status === 0 || error.status >= 500)) {
      item.state = "lost";
      item.attempts = (item.attempts ?? 0) + 1;
      item.timer = setTimeout(() => item.state === "lost" && this.#wait(item), PAUSES[Math.min(item.attempts, PAUSES.length) - 1]);
      return;
    }
    item.state = "error";
    if (unreadable) {
      this.#discard(item);
      Object.assign(item, { state: "refused", file: null });
    }
    this.#context.announce(`${item.name} could not be sent. ${item.problem}`);
  }

  /** Delete what has arrived of an upload; otherwise it is gone after a day. */
  #discard({ image_id: id, parts }) {
    if (!id) return;
    const path = `/images/${encodeURIComponent(id)}${parts ? "/upload" : ""}`;
    this.#context.api.request("DELETE", path).catch(() => {});
  }

  /** Get fresh URLs for the parts that are left, or announce the file once more. */
  async #renew(item) {
    if (!item.parts) {
      this.#discard(item);
      Object.assign(item, { upload: null, key: crypto.randomUUID() });
      return;
    }
    const left = item.upload.parts.map(({ part_number: number }) => number).filter((number) => !item.arrived.has(number));
    const path = `/images/${encodeURIComponent(item.image_id)}/upload/parts`;
    const { body } = await this.#context.api.request("POST", path, { body: { part_numbers: left } });
    const fresh = new Map(body.upload.parts.map((part) => [part.part_number, part.url]));
    item.upload.parts.forEach((part) => Object.assign(part, { url: fresh.get(part.part_number) ?? part.url }));
  }

  #seen(item) {
    const ended = item.image && !OPEN.has(item.image.status);
    if (ended && item.state !== "done") {
      item.state = "done";
      this.#outcomes.push(item);
      if (this.#outcomes.length === 1) setTimeout(() => this.#tell(), QUIET);
    }
    this.#changed();
  }

  #tell() {
    const told = this.#outcomes.splice(0);
    const { announce } = this.#context;
    if (told.length <= 2) told.forEach(({ name, image }) => announce(`${name} is ${STATUSES[image.status].toLowerCase()}. ${image.message ?? ""}`.trim()));
    else {
      const kinds = Object.keys(STATUSES).map((status) => [told.filter(({ image }) => image.status === status).length, STATUSES[status].toLowerCase()]);
      announce(kinds.filter(([number]) => number).map(([number, word]) => `${number} ${word}`).join(", ") + ".");
    }
    this.#count();
    const { settled, files } = this.totals.value;
    if (files > 1) announce(settled === files ? `All ${files} files are done.` : `${settled} of ${files} files are done.`);
  }

  #forget(item) {
    item.gone = true;
    item.file = null;
    clearTimeout(item.timer);
    this.items.value = this.items.value.filter((each) => each !== item);
    this.#changed();
  }

  #changed() {
    this.#drawing ??= setTimeout(() => {
      this.#drawing = null;
      this.items.value = [...this.items.value];
      this.#count();
    }, DRAWN);
  }

  #count() {
    const sendable = this.items.value.filter(({ state }) => state !== "refused");
    const sum = (name) => sendable.reduce((total, item) => total + item[name], 0);
    const settled = sendable.filter(({ state }) => state === "done").length;
    this.totals.value = { files: sendable.length, open: sendable.length - settled, bytes: sum("size"), sent: sum("sent"), settled };
  }
}
