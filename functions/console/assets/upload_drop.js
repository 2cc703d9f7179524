/** Files that people drop or paste anywhere on the page. */

import { useEffect } from "./vendor/htm-preact-standalone.js";
import { UNREADABLE } from "./upload_check.js";

const UNREADABLE_FOLDER = "Not everything in this folder can be read. Check that you may open it, and drop it again.";

/** Accept files while `on`; in any case a dropped file does not replace the page. */
export function useDrops(uploads, on) {
  useEffect(() => {
    const root = document.documentElement;
    const take = async (found) => {
      location.hash = "#/upload";
      uploads.add(await found);
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
      take({ files });
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

/**
 * Return the files of a drop and of its folders.
 * @returns {Promise<{files: File[], unread: {name: string, problem: string}[], hidden: number}>} unread:
 *   what cannot be read; hidden: how many files and folders were left out
 */
async function filesOf(transfer) {
  // All at once: the transfer is empty after this turn of the event loop.
  const entries = [...transfer.items].filter(({ kind }) => kind === "file").map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  const found = { files: [], unread: [], hidden: 0 };
  for (const entry of entries) await walk(entry, found);
  return found;
}

/** Whether a file or folder is one that systems and programs put into folders by themselves. */
export function isHidden(name) {
  return /^(?:\.|__macosx$|thumbs\.db$|desktop\.ini$)/i.test(name);
}

async function walk(entry, found) {
  if (entry instanceof File) found.files.push(entry);
  else if (entry.isFile) {
    await new Promise((resolve, reject) => entry.file(resolve, reject)).then(
      (file) => found.files.push(file),
      () => found.unread.push({ name: entry.name, problem: UNREADABLE }),
    );
  } else {
    for (const child of await children(entry, found)) {
      if (isHidden(child.name)) found.hidden += 1;
      else await walk(child, found);
    }
  }
}

async function children(folder, found) {
  const reader = folder.createReader();
  const all = [];
  try {
    for (;;) {
      // A reader gives some entries at a time, and none at the end.
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) break;
      all.push(...some);
    }
  } catch {
    found.unread.push({ name: folder.name, problem: UNREADABLE_FOLDER });
  }
  return all;
}
