/** The HTTP API: tokens, problem details, idempotency keys, repetition when the network is lost. */

const PAUSES = [400, 1500]; // ms before the second and the third attempt
const LONGEST_PAUSE = 20; // s, that a Retry-After may ask for
const TIMEOUT = 45_000; // ms: the longest answer is held for 20 s
const OFFLINE = "There is no connection. Try again when you are online.";
const EXPIRED = "Your sign-in has expired. Sign in again: what you did is kept.";

/** An answer that is an error, or none at all (`status` 0). */
export class ApiError extends Error {
  name = "ApiError";

  constructor(status, { detail, code, errors = [] } = {}) {
    super(detail ?? `The API answered ${status}.`);
    Object.assign(this, { status, detail: this.message, code: code ?? "", errors });
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
   * Each POST has an idempotency key, so that it counts once. When the sign-in has expired, the
   * request waits for the person to sign in again.
   *
   * @param {string} method
   * @param {string} path begins with a slash
   * @param {{body?: object, key?: string, ifMatch?: string, ifNoneMatch?: string,
   *   signal?: AbortSignal, keepalive?: boolean}} options
   * @returns {Promise<{status: number, body: any, etag: string | null, headers: Headers}>}
   * @throws {ApiError}
   */
  async request(method, path, options = {}) {
    const { keepalive, signal } = options;
    const key = options.key ?? (method === "POST" ? crypto.randomUUID() : undefined);
    // No await before the first fetch: a page that is being left has no time for it.
    if (!keepalive && this.#session.stale) await this.#session.refresh();
    for (let attempt = 0; ; attempt += 1) {
      let answer = null;
      const token = this.#session.token;
      try {
        answer = await this.#send(method, path, { ...options, key }, token);
      } catch (error) {
        if (signal?.aborted) throw error;
        if (keepalive || attempt >= PAUSES.length || navigator.onLine === false) throw new ApiError(0, { detail: OFFLINE });
      }
      if (answer?.status === 401 && this.#session.required && !keepalive) {
        const renewed = await this.#session.renewed(token, signal);
        if (!renewed) throw new ApiError(401, { detail: EXPIRED });
        attempt = -1;
        continue;
      }
      const pause = answer ? pauseOf(answer, attempt) : PAUSES[attempt];
      if (pause === undefined || keepalive) return read(answer);
      await sleep(pause, signal);
    }
  }

  #send(method, path, { body, key, ifMatch, ifNoneMatch, signal, keepalive }, token) {
    const headers = {
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(key && { "idempotency-key": key }),
      ...(ifMatch && { "if-match": ifMatch }),
      ...(ifNoneMatch && { "if-none-match": ifNoneMatch }),
      ...(token && { authorization: `Bearer ${token}` }),
    };
    const late = AbortSignal.timeout(TIMEOUT);
    return fetch(this.#base + path, {
      method,
      headers,
      keepalive: Boolean(keepalive),
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
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
  const busy = answer.status === 429 || answer.status === 503 || (answer.status === 409 && asked > 0);
  if (busy) return asked > LONGEST_PAUSE ? undefined : Math.max(PAUSES[attempt], asked * 1000 || 0);
  return answer.status === 502 || answer.status === 504 ? PAUSES[attempt] : undefined;
}

async function read(answer) {
  const text = answer.status === 204 || answer.status === 304 ? "" : await answer.text();
  const body = parsed(text);
  if (!answer.ok && answer.status !== 304) {
    const detail = answer.status === 403 ? "You may not do this. Ask an administrator for the group that may." : undefined;
    throw new ApiError(answer.status, { detail: body?.detail ?? detail ?? body?.message, code: body?.code, errors: body?.errors });
  }
  return { status: answer.status, body, etag: answer.headers.get("etag"), headers: answer.headers };
}

function parsed(text) {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
