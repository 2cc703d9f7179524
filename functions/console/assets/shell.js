/** What surrounds every view: navigation, notices, theme, announcements, shortcuts. */

import { html, useEffect, useErrorBoundary, useLayoutEffect, useRef, useState } from "./vendor/htm-preact-standalone.js";
import { announce, Announcements } from "./announce.js";
import { NAVIGATION, VIEWS, loadView, routeOf } from "./routes.js";
import { Shortcuts } from "./shortcuts.js";
import { useSetting, useSignal } from "./store.js";
import { Name } from "./text.js";
import { useDrops } from "./upload_drop.js";
import { uploadsOf } from "./upload_queue.js";

const THEMES = { system: "System", light: "Light", dark: "Dark" };

/** The whole console. */
export function Shell({ api, session, config, problem }) {
  const state = useSignal(session.state);
  const route = useRoute();
  const uploads = uploadsOf({ api, config, announce });
  const allowed = state !== "out";
  useDrops(uploads, allowed && session.may("images:write"));
  return html`
    <a class="skip" href="#main" onClick=${skip}>Skip to the content</a>
    <${Header} ...${{ session, view: route.view, allowed, uploads }} />
    <${Notices} ...${{ session, state, config }} />
    <main id="main" tabindex="-1">
      ${allowed
        ? html`<${View} ...${{ api, session, config, route }} />`
        : html`<${SignIn} session=${session} config=${config} problem=${problem} />`}
    </main>
    <${Announcements} />
    <${Shortcuts} />
  `;
}

function skip(event) {
  event.preventDefault(); // the fragment is the place of the view
  (document.querySelector("main h1") ?? document.getElementById("main")).focus();
}

function useRoute() {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    changed(); // it may have changed before
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return routeOf(hash);
}

function Header({ session, view, allowed, uploads }) {
  const { open } = useSignal(uploads.totals);
  const shown = NAVIGATION.filter((name) => allowed && session.may(VIEWS[name].scope));
  return html`<header class="top">
    <a class="brand" href="#/">Image Pipeline</a>
    <nav aria-label="Views"><ul>${shown.map((name) => html`<li key=${name}>
      <a href=${`#${VIEWS[name].path}`} aria-current=${name === view ? "page" : undefined}>${VIEWS[name].title}
        ${name === "upload" && open > 0 && html` <span class="badge">${open}<span class="visually-hidden"> in progress</span></span>`}</a></li>`)}</ul></nav>
    <div class="tools">
      <${Theme} />
      <button type="button" class="plain" onClick=${() => dispatchEvent(new Event("show-shortcuts"))}>Keyboard</button>
      ${session.required && allowed && html`<span class="person"><${Name} text=${session.name} /></span>
        <button type="button" class="plain" onClick=${() => leave(session, uploads)}>Sign out</button>`}
    </div>
  </header>`;
}

function leave(session, uploads) {
  if (uploads.unsent && !confirm("Files are still being sent. Sign out without them?")) return;
  uploads.clear();
  session.signOut();
}

function Theme() {
  const [theme, setTheme] = useSetting("theme", "system");
  useEffect(() => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  return html`<label class="theme"><span class="visually-hidden">Theme</span>
    <select value=${theme} onChange=${(event) => setTheme(event.target.value)}>
      ${Object.entries(THEMES).map(([key, name]) => html`<option value=${key}>${name}</option>`)}
    </select></label>`;
}

/** Facts about the whole page that a person has to know. */
function Notices({ session, state, config }) {
  const online = useOnline();
  return html`<section class="notices" aria-label="Notices">
    ${!session.required && html`<p class="notice">This page has no sign-in. Everybody who reaches it may see, upload, decide and delete everything.</p>`}
    ${config.sign_in?.stand_in && html`<p class="notice">This sign-in is a stand-in for your machine: it accepts any name.</p>`}
    <div role="alert">
      ${!online && html`<p class="notice notice-bad">There is no connection. What you did is kept, and goes on once you are online.</p>`}
      ${(state === "expired" || state === "refused") && html`<p class="notice notice-bad">
        ${state === "expired" ? "Your sign-in has expired." : "The API refuses your sign-in although it is new. If signing in again does not help, tell an administrator."} What you did is kept.${" "}
        <button type="button" onClick=${() => session.signInAgain()}>Sign in again</button></p>`}
    </div>
  </section>`;
}

function useOnline() {
  const [online, setOnline] = useState(navigator.onLine !== false);
  useEffect(() => {
    const changed = () => setOnline(navigator.onLine !== false);
    const names = ["online", "offline"];
    names.forEach((name) => addEventListener(name, changed));
    return () => names.forEach((name) => removeEventListener(name, changed));
  }, []);
  return online;
}

function SignIn({ session, config, problem }) {
  return html`<div class="alone">
    <h1 tabindex="-1">Image Pipeline</h1>
    <p>Upload, look at and review pictures.</p>
    ${problem && html`<p class="notice notice-bad" role="alert"><${Name} text=${problem} /></p>`}
    <button type="button" class="main" onClick=${() => session.signIn()}>Sign in</button>
    ${config.sign_in.stand_in && html`<p class="quiet">No password: you choose who to be.</p>`}
  </div>`;
}

/** The view that the place names, once its files are loaded. */
function View({ api, session, config, route }) {
  const { view, params } = route;
  const [loaded, setLoaded] = useState({});
  const [attempt, setAttempt] = useState(0);
  const may = view && session.may(VIEWS[view].scope);
  useLayoutEffect(() => scrollTo(0, 0), [view, params.id]);
  useEffect(() => {
    if (!view || !may) return undefined;
    let left = false;
    loadView(view).then(
      (component) => left || setLoaded({ view, component }),
      () => left || setLoaded({ view, failed: true }),
    );
    return () => {
      left = true;
    };
  }, [view, may, attempt]);
  const retry = () => (setLoaded({}), setAttempt(attempt + 1));
  if (!view) return html`<${Message} title="There is no such page"><a href="#/">Go to the pictures</a><//>`;
  if (!may) return html`<${Message} title="You may not see this">Ask an administrator for the group that may. <a href="#/">Go to the pictures</a><//>`;
  if (loaded.view !== view) return html`<p class="loading" aria-busy="true">Loading …</p>`;
  if (loaded.failed) {
    return html`<${Message} title="This page could not be loaded">It may be new: load the console again.
      <button type="button" onClick=${retry}>Try again</button>
      <button type="button" onClick=${() => location.reload()}>Load the console again</button><//>`;
  }
  const key = `${view} ${params.id ?? ""}`;
  return html`<${Guard} key=${key} title=${VIEWS[view].title}><${loaded.component} ...${{ api, session, config, announce, navigate, params }} /><//>`;
}

/** Moves the focus to the heading of a view, and stands in for a view that fails. */
function Guard({ title, children }) {
  const [error, reset] = useErrorBoundary((found) => console.error(found));
  useLayoutEffect(() => focusHeading(title), [error]);
  if (!error) return children;
  return html`<${Message} title="Something went wrong here">The rest of the console works.
    <button type="button" onClick=${reset}>Show it again</button><//>`;
}

function Message({ title, children }) {
  const heading = useRef(null);
  useLayoutEffect(() => focusHeading(title), [title]);
  return html`<div class="alone"><h1 ref=${heading} tabindex="-1">${title}</h1><p>${children}</p></div>`;
}

function focusHeading(title) {
  document.title = `${title} – Image Pipeline`;
  document.querySelector("main h1")?.focus({ preventScroll: true });
}

/** Go to a view: `navigate("/images/…")`. */
export function navigate(path) {
  location.hash = `#${path}`;
}
