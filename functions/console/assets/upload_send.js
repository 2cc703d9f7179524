/** Sends the bytes of a file to the bucket, as one form or in parts. */

const AT_ONCE = 2; // parts of one file
const REFUSALS = {
  EntityTooLarge: "The file is larger than it was when it was chosen. Choose it again.",
  EntityTooSmall: "The file is smaller than it was when it was chosen. Choose it again.",
  RequestTimeout: "The connection is too slow.",
};

/** The bucket refused a file, or could not be reached (`status` 0). */
export class SendError extends Error {
  name = "SendError";

  constructor(status, code) {
    super(status ? (REFUSALS[code] ?? `The storage refused the file (${code || status}).`) : "The connection was lost.");
    Object.assign(this, { status, code });
  }

  /** Whether the form or the URL is no longer valid. */
  get expired() {
    return this.status === 403;
  }
}

/**
 * Send a file with the form that POST /images has answered.
 * @param {{url: string, fields: object}} form
 * @param {File} file
 * @param {(sent: number) => void} progress
 * @param {AbortSignal} signal
 */
export async function sendForm(form, file, progress, signal) {
  const body = new FormData();
  for (const [name, value] of Object.entries(form.fields)) body.append(name, value);
  if (!("Content-Type" in form.fields)) body.append("Content-Type", file.type);
  body.append("file", file); // last: S3 ignores the fields after it
  await transfer("POST", form.url, body, (sent) => progress(Math.min(sent, file.size)), signal);
}

/**
 * Send the parts of a file that have not arrived yet, several at once.
 * @param {{part_number: number, bytes: number, url: string}[]} parts
 * @param {Map<number, string>} arrived ETags by part number; grows
 */
export async function sendParts(parts, file, arrived, progress, signal) {
  const sent = new Map();
  const starts = new Map();
  parts.reduce((start, part) => (starts.set(part.part_number, start), start + part.bytes), 0);
  const report = () => {
    const whole = parts.reduce((sum, { part_number: number, bytes }) => sum + (arrived.has(number) ? bytes : (sent.get(number) ?? 0)), 0);
    progress(whole);
  };
  const left = parts.filter(({ part_number: number }) => !arrived.has(number));
  const worker = async () => {
    for (let part = left.shift(); part; part = left.shift()) {
      const { part_number: number, bytes, url } = part;
      const start = starts.get(number);
      const blob = file.slice(start, start + bytes);
      const request = await transfer("PUT", url, blob, (count) => (sent.set(number, Math.min(count, bytes)), report()), signal);
      arrived.set(number, request.getResponseHeader("etag"));
      report();
    }
  };
  // After a failure, the other worker ends its part, which need not be sent again then, and begins no other.
  const stop = (error) => {
    left.length = 0;
    throw error;
  };
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, () => worker().catch(stop)));
  const failed = ended.find(({ reason }) => reason);
  if (failed) throw failed.reason;
}

/** XMLHttpRequest, because fetch does not tell how much it has sent. */
function transfer(method, url, body, progress, signal) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    signal.addEventListener("abort", stop, { once: true });
    request.open(method, url);
    request.upload.onprogress = (event) => progress(event.loaded);
    request.onloadend = () => {
      signal.removeEventListener("abort", stop);
      if (signal.aborted) reject(signal.reason);
      else if (request.status >= 200 && request.status < 300) resolve(request);
      else reject(new SendError(request.status, /<Code>(\w+)<\/Code>/.exec(request.responseText)?.[1]));
    };
    request.send(body);
  });
}
