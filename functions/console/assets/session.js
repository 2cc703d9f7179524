/**
 * The sign-in: authorization code flow with PKCE.
 *
 * Tokens are kept in memory and in the sessionStorage of the tab, and nowhere else.
 */

import { signal } from "./store.js";

const TOKENS = "session";
const SIGNING_IN = "signing-in";
const CHANNEL = "console.sign-in";
const EARLY = 60_000; // ms before its end in which an access token is renewed
const TIMEOUT = 20_000; // ms

/** @typedef {{authorize: string, token: string, logout: string, client_id: string, scopes: string,
 *   resource?: string}} SignIn */

export class Session {
  /** "in", "out", "expired", "refused" (a new token too) or, where the API asks for no sign-in, "open". */
  state = signal("out");
  #settings;
  #tokens = null;
  #refreshing = null;
  #waiting = new Set();
  #again = null;

  /** @param {SignIn | null} settings */
  constructor(settings) {
    this.#settings = settings;
    if (!settings) this.state.value = "open";
    else this.#keep(json(sessionStorage.getItem(TOKENS)));
  }

  /** Whether the API asks for a token. */
  get required() {
    return this.#settings !== null;
  }

  get token() {
    return this.#tokens?.access ?? null;
  }

  /** Whether the token ends soon and can be renewed without the person. */
  get stale() {
    return Boolean(this.#tokens?.refresh) && Date.now() > this.#tokens.stale;
  }

  /** Id of the person; "" without a sign-in. */
  get subject() {
    return this.#tokens?.subject ?? "";
  }

  /** What to call the person. */
  get name() {
    return this.#tokens?.name ?? "";
  }

  /** Whether the person may do what a scope allows. The API decides; this only hides what it refuses. */
  may(scope) {
    return !this.required || (this.#tokens?.scopes ?? []).includes(scope);
  }

  /** Leave the page to sign in. */
  async signIn() {
    const started = await this.#start();
    sessionStorage.setItem(SIGNING_IN, JSON.stringify({ ...started.kept, place: location.hash }));
    location.assign(started.url);
  }

  /**
   * Sign in again in another window, so that everything on this page stays as it is. That window hands
   * the code over; without the verifier, which never leaves this page, it is worth nothing.
   */
  async signInAgain() {
    this.#again ??= this.#listen();
    const opened = open("about:blank", "_blank", "width=480,height=640");
    const { url, kept } = await this.#start();
    this.#again.kept = kept;
    if (opened) opened.location.replace(url);
  }

  /**
   * Finish a sign-in if the browser comes back from one.
   * @returns {Promise<"" | "handed-over">} "handed-over": another window goes on with it
   */
  async finish() {
    const given = new URLSearchParams(location.search);
    if (!this.required || !given.has("state")) return "";
    const kept = json(sessionStorage.getItem(SIGNING_IN));
    const ours = kept?.state === given.get("state");
    history.replaceState(null, "", here() + (ours ? kept.place : ""));
    if (!given.has("code")) throw new Error(given.get("error_description") ?? "The sign-in was not completed.");
    if (!ours) {
      new BroadcastChannel(CHANNEL).postMessage({ code: given.get("code"), state: given.get("state") });
      return "handed-over";
    }
    sessionStorage.removeItem(SIGNING_IN);
    await this.#exchange(given.get("code"), kept.verifier);
    return "";
  }

  /**
   * Renew the tokens; once, however many requests ask for it.
   * @throws {Error} the issuer cannot be reached
   */
  refresh() {
    this.#refreshing ??= this.#ask({ grant_type: "refresh_token", refresh_token: this.#tokens?.refresh })
      .catch((error) => {
        if (!error.refused) throw error;
        this.#expire("expired");
      })
      .finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  /**
   * Wait for a token other than one that the API has refused.
   * @param {string | null} refused
   * @param {boolean} silently whether to renew it without the person, if that is possible
   * @param {AbortSignal} [aborting]
   */
  async renewed(refused, silently, aborting) {
    if (silently && this.token === refused && this.#tokens?.refresh) await this.refresh();
    if (this.token && this.token !== refused) return;
    if (this.token) this.#expire(silently ? "expired" : "refused");
    await new Promise((resolve, reject) => {
      this.#waiting.add(resolve);
      const leave = () => (this.#waiting.delete(resolve), reject(aborting.reason));
      if (aborting?.aborted) leave();
      else aborting?.addEventListener("abort", leave, { once: true });
    });
  }

  /** Forget everything of the person in this tab, and sign out. */
  signOut() {
    dispatchEvent(new Event("pagehide")); // what waits to be sent is sent while there is a token
    const { logout, client_id: client } = this.#settings;
    sessionStorage.clear();
    this.#tokens = null;
    this.state.value = "out"; // no view keeps what it shows
    addEventListener("pageshow", () => location.reload()); // nor does the page if somebody goes back to it
    const query = new URLSearchParams({ client_id: client, logout_uri: here() });
    location.replace(`${logout}?${query}`);
  }

  #expire(state) {
    this.#tokens = { ...this.#tokens, access: null, refresh: null };
    sessionStorage.removeItem(TOKENS);
    this.state.value = state;
  }

  async #start() {
    const verifier = random();
    const state = random();
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
    const query = new URLSearchParams({
      response_type: "code",
      client_id: this.#settings.client_id,
      redirect_uri: here(),
      scope: this.#settings.scopes,
      state,
      code_challenge: base64url(new Uint8Array(digest)),
      code_challenge_method: "S256",
      ...(this.#settings.resource && { resource: this.#settings.resource }),
    });
    return { url: `${this.#settings.authorize}?${query}`, kept: { state, verifier } };
  }

  #listen() {
    const channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = ({ data }) => {
      const { kept } = this.#again;
      if (kept && data.code && data.state === kept.state) this.#exchange(data.code, kept.verifier).catch(() => {}); // the person is still asked to
    };
    return { channel, kept: null };
  }

  #exchange(code, verifier) {
    return this.#ask({ grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: here() });
  }

  async #ask(form) {
    const sent = { client_id: this.#settings.client_id, ...form };
    const options = { method: "POST", body: new URLSearchParams(sent), credentials: "omit", signal: AbortSignal.timeout(TIMEOUT) };
    const [status, text] = await fetch(this.#settings.token, options)
      .then(async (answer) => [answer.status, await answer.text()])
      .catch(() => [503]);
    if (status >= 500 || status === 429) throw new Error("The sign-in does not answer. Try again in a minute.");
    const body = json(text);
    if (!body?.access_token) {
      throw Object.assign(new Error(body?.error_description ?? "The sign-in was refused. Sign in again."), { refused: true });
    }
    const lifetime = (body.expires_in ?? 3600) * 1000;
    this.#keep({
      ...claimed(body),
      access: body.access_token,
      refresh: body.refresh_token ?? form.refresh_token,
      stale: Date.now() + Math.max(lifetime - EARLY, lifetime / 2),
    });
  }

  #keep(tokens) {
    if (!tokens?.access) return;
    const before = this.subject;
    this.#tokens = tokens;
    sessionStorage.setItem(TOKENS, JSON.stringify(tokens));
    if (before && before !== tokens.subject) {
      // Nothing of the one is for the other: no request is sent in the other's name, and no file keeps the page.
      this.#tokens = null;
      addEventListener("beforeunload", (event) => event.stopImmediatePropagation(), { capture: true });
      location.reload();
      return;
    }
    this.state.value = "in";
    this.#waiting.forEach((resolve) => resolve());
    this.#waiting.clear();
  }
}

/** Return the URL of the page, which the sign-in comes back to. */
function here() {
  return location.origin + location.pathname;
}

/** Return who a token is of and what it allows. Not verified: the API does that. */
function claimed({ access_token: token, scope }) {
  let claims = {};
  try {
    const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const raw = Uint8Array.from(atob(payload), (each) => each.charCodeAt(0));
    claims = JSON.parse(new TextDecoder().decode(raw));
  } catch {
    // Some issuers give opaque tokens; then only the answer itself tells the scopes.
  }
  const granted = claims.scope ?? claims.scp ?? scope ?? "";
  return {
    subject: claims.sub ?? "",
    name: claims.name ?? claims.email ?? claims.username ?? claims.sub ?? "",
    scopes: Array.isArray(granted) ? granted : granted.split(" "),
  };
}

function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64url(raw) {
  return btoa(String.fromCharCode(...raw)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
