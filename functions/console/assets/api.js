/** The HTTP API: tokens, problem details, idempotency keys, repetition when the network is lost. */

const PAUSES = [400, 1500]; // ms before the second and the third attempt
const LONGEST_PAUSE = 20; // s, that a Retry-After may ask for
const TIMEOUT = 45_000; // ms: the longest answer is held for 20 s
const OFFLINE = "There is no connection. Try again when you are online.";

/** An answer that is an error, or no answer (`status` 0). */
export class ApiError extends Error {
  name = "ApiError";

  constructor(status, detail) {
    super(detail ?? `The API answered ${status}.`);
    this.status = status;
  }
}

export class Api {
  #base;
  #session;

  /**
   * @param {string} base URL of the API, without a trailing slash
   * @param {import("./session.js").Session} session
   */
  constructor(base, session) {
    this.#base = base;
    this.#session = session;
  }

  /**
   * Send a request, and again if the network loses it.
   *
   * Each POST has an idempotency key, so that it counts once. When the API refuses the token, it is
   * renewed once; if that does not help, the request waits for the person to sign in again.
   *
   * @param {string} method
   * @param {string} path begins with a slash
   * @param {{body?: object, key?: string, ifMatch?: string, ifNoneMatch?: string,
   *   signal?: AbortSignal, keepalive?: boolean}} options
   * @returns {Promise<{status: number, body: any, etag: string | null}>}
   * @throws {ApiError}
   */
  async request(method, path, options = {}) {
    const { keepalive, signal } = options;
    const session = this.#session;
    const key = options.key ?? (method === "POST" ? crypto.randomUUID() : undefined);
    const first = session.token;
    // No await before the first fetch: a page that is being left has no time for it.
    if (!keepalive && session.stale) await session.refresh().catch(() => {}); // it may be valid a little longer
    let renewable = session.token === first;
    for (let attempt = 0; ; attempt += 1) {
      let answer = null;
      const { token } = session;
      try {
        answer = await this.#send(method, path, { ...options, key }, token);
        if (answer.status === 401 && session.required && !keepalive) {
          await session.renewed(token, renewable, signal);
          renewable = false;
          attempt = -1;
          continue;
        }
      } catch (error) {
        if (signal?.aborted) throw error;
        if (keepalive || attempt >= PAUSES.length || navigator.onLine === false) throw new ApiError(0, OFFLINE);
        answer = null;
      }
      const pause = answer ? pauseOf(answer, attempt) : PAUSES[attempt];
      if (pause === undefined || keepalive) return read(answer);
      await sleep(pause, signal);
    }
  }

  async #send(method, path, { body, key, ifMatch, ifNoneMatch, signal, keepalive }, token) {
    const headers = {
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(key && { "idempotency-key": key }),
      ...(ifMatch && { "if-match": ifMatch }),
      ...(ifNoneMatch && { "if-none-match": ifNoneMatch }),
      ...(token && { authorization: `Bearer ${token}` }),
    };
    const late = AbortSignal.timeout(TIMEOUT);
    const answer = await fetch(this.#base + path, {
      method,
      headers,
      keepalive: Boolean(keepalive),
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }
}

/** Wait; rejects when the signal aborts. */
export function sleep(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}

/** Return how long to wait before repeating a request; undefined if its answer is final. */
function pauseOf(answer, attempt) {
  if (attempt >= PAUSES.length) return undefined;
  const asked = Number(answer.headers.get("retry-after"));
  const busy = answer.status === 429 || answer.status === 503;
  if (busy) return asked > LONGEST_PAUSE ? undefined : Math.max(PAUSES[attempt], asked * 1000 || 0);
  return answer.status === 502 || answer.status === 504 ? PAUSES[attempt] : undefined;
}

function read({ status, headers, text }) {
  const body = parsed(text);
  if (status >= 400) {
    const forbidden = status === 403 ? "You may not do this. Ask an administrator for the group that may." : undefined;
    throw new ApiError(status, body?.detail ?? forbidden ?? body?.message); // a gateway has a message only
  }
  return { status, body, etag: headers.get("etag") };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no body, or that of a gateway
  }
}
