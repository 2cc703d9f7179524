/** What the review asks of the API, and the decisions of this tab that are on their way to it. */

import { useEffect, useState } from "./vendor/htm-preact-standalone.js";
import { Outbox } from "./review_outbox.js";

/** Return the calls of the review. */
export function reviewCalls(api) {
  const path = (id) => `/reviews/${encodeURIComponent(id)}`;
  return {
    next: async (skip) => (await api.request("POST", "/reviews/next", { body: { skip } })).body ?? null,
    get: (id) => api.request("GET", path(id)),
    counts: async () => (await api.request("GET", "/reviews")).body,
    renew: (id) => api.request("POST", `${path(id)}/lease`),
    release: (id) => api.request("DELETE", `${path(id)}/lease`),
    decisions: async ({ from, to, next }) => {
      const given = Object.entries({ from, to, next }).filter(([, value]) => value);
      const query = new URLSearchParams(given).toString();
      return (await api.request("GET", `/decisions${query && `?${query}`}`)).body;
    },
  };
}

let outbox;

/** Return the outbox of this tab, with what was left in it before the page was loaded again. */
export function outboxOf(api, session) {
  if (!outbox) {
    outbox = new Outbox({
      send: (entry, target, keepalive) => send(outbox.api, entry, target, keepalive),
      storage: sessionStorage,
      newKey: () => crypto.randomUUID(),
      who: () => session?.subject ?? "",
    });
    addEventListener("pagehide", () => outbox.flush(true));
    addEventListener("online", () => outbox.flush());
  }
  outbox.api = api;
  outbox.resume();
  return outbox;
}

function send(api, { decision, reason, note }, { image_id: id, etag, key }, keepalive) {
  const body = { decision, ...(reason && { reason }), ...(note && { note }) };
  return api.request("POST", `/images/${encodeURIComponent(id)}/review`, { body, key, ifMatch: etag, keepalive });
}

/** Render again whenever a source changes. */
export function useSource(source) {
  const [, render] = useState(0);
  useEffect(() => source.subscribe(() => render((count) => count + 1)), [source]);
  return source;
}
