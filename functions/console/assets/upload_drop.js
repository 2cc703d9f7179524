/** Files that people drop or paste anywhere on the page. */

import { useEffect } from "./vendor/htm-preact-standalone.js";

/** Accept files while `on`; in any case a dropped file does not replace the page. */
export function useDrops(uploads, on) {
  useEffect(() => {
    const root = document.documentElement;
    const take = async (files) => {
      location.hash = "#/upload";
      uploads.add(await files);
    };
    const over = (event) => {
      if (!hasFiles(event.dataTransfer)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = on ? "copy" : "none";
      if (on) root.classList.add("dropping");
    };
    const leave = (event) => event.relatedTarget === null && root.classList.remove("dropping");
    const drop = (event) => {
      root.classList.remove("dropping");
      if (!hasFiles(event.dataTransfer)) return;
      event.preventDefault();
      if (on) take(filesOf(event.dataTransfer));
    };
    const paste = (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (!on || !files.length) return;
      event.preventDefault();
      take(files);
    };
    const handlers = { dragenter: over, dragover: over, dragleave: leave, drop, paste };
    const pairs = Object.entries(handlers);
    pairs.forEach(([name, handler]) => addEventListener(name, handler));
    return () => pairs.forEach(([name, handler]) => removeEventListener(name, handler));
  }, [uploads, on]);
}

function hasFiles(transfer) {
  return Boolean(transfer) && [...transfer.types].includes("Files");
}

/** Return the files of a drop, with those in its folders. */
export async function filesOf(transfer) {
  // All at once: the transfer is empty after this turn of the event loop.
  const entries = [...transfer.items].filter(({ kind }) => kind === "file").map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const found = await Promise.all(entries.filter(Boolean).map(walk));
  return found.flat().filter(({ name }) => !isHidden(name));
}

/** Whether a file is one that systems put into folders by themselves. */
export function isHidden(name) {
  return name.startsWith(".") || ["thumbs.db", "desktop.ini"].includes(name.toLowerCase());
}

async function walk(entry) {
  if (entry instanceof File) return [entry];
  if (entry.isFile) return new Promise((resolve) => entry.file((file) => resolve([file]), () => resolve([])));
  const reader = entry.createReader();
  const children = [];
  for (;;) {
    // A reader gives some entries at a time, and none at the end.
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!some.length) break;
    children.push(...some);
  }
  return (await Promise.all(children.map(walk))).flat();
}
