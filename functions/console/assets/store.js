/** Values that components follow, and the settings of a person. */

import { useEffect, useState } from "./vendor/htm-preact-standalone.js";

const SETTINGS = "console.settings";

/**
 * Make a value that components can follow with `useSignal`.
 * @template T
 * @param {T} value the first one
 */
export function signal(value) {
  const listeners = new Set();
  return {
    get value() {
      return value;
    },
    set value(next) {
      if (Object.is(next, value)) return;
      value = next;
      listeners.forEach((listener) => listener());
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Return the value of a signal, and render again whenever it changes. */
export function useSignal(source) {
  const [, render] = useState(0);
  useEffect(() => {
    const changed = () => render((count) => count + 1);
    changed();
    return source.subscribe(changed);
  }, [source]);
  return source.value;
}

const settings = signal(readSettings());

/**
 * Return a setting of the person and a function that changes it. Settings are all that is kept in
 * localStorage; nothing of a picture is.
 */
export function useSetting(name, fallback) {
  const known = useSignal(settings);
  return [known[name] ?? fallback, (value) => changeSetting(name, value)];
}

/** Return a setting outside of a component. */
export function setting(name, fallback) {
  return settings.value[name] ?? fallback;
}

function changeSetting(name, value) {
  settings.value = { ...settings.value, [name]: value };
  try {
    localStorage.setItem(SETTINGS, JSON.stringify(settings.value));
  } catch {
    // Without storage, the setting lasts as long as the page.
  }
}

function readSettings() {
  try {
    const kept = JSON.parse(localStorage.getItem(SETTINGS));
    return kept && typeof kept === "object" && !Array.isArray(kept) ? kept : {};
  } catch {
    return {};
  }
}
