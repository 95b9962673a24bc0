// Send a file in parts, as tus 1.0 says, and go on by itself after the connection was lost.
// https://tus.io/protocols/resumable-upload
export const PART = 8 * 1024 * 1024;
const LONGEST_PAUSE = 10_000;
const AGAIN = new Set([0, 408, 409, 423, 429, 460, 500, 502, 503, 504]);

// An answer after which trying again is of no use.
export class Refused extends Error {
  constructor(answer) {
    super(`refused: ${answer.status}`);
    this.status = answer.status;
    try {
      this.said = JSON.parse(answer.text);
    } catch {
      this.said = null;
    }
  }
}

// One request. Without a connection its status is 0. Only XMLHttpRequest tells of bytes on their way.
export function ask(method, address, { headers = {}, body = null, onBytes = null } = {}) {
  return new Promise((answered) => {
    const request = new XMLHttpRequest();
    request.open(method, address);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    if (onBytes) request.upload.addEventListener("progress", (now) => onBytes(now.loaded));
    request.addEventListener("loadend", () =>
      answered({
        status: request.status,
        text: request.responseText,
        header: (name) => request.getResponseHeader(name),
      }));
    request.send(body);
  });
}

// Wait, but no longer than until the browser has a connection again.
function pause(milliseconds) {
  return new Promise((over) => {
    const timer = setTimeout(over, milliseconds);
    window.addEventListener("online", () => { clearTimeout(timer); over(); }, { once: true });
  });
}

// Ask until there is an answer that stands; `waiting` is called before each further try.
export async function askUntilAnswered(method, address, options = {}, waiting = () => {}) {
  for (let tries = 0; ; tries += 1) {
    const answer = await ask(method, address, options);
    if (answer.status >= 200 && answer.status < 300) return answer;
    if (!AGAIN.has(answer.status)) throw new Refused(answer);
    waiting();
    await pause(Math.min(1000 * 2 ** tries, LONGEST_PAUSE));
  }
}

// The checksum of a part. Browsers compute none on pages without https, so none is sent there.
async function checksum(bytes) {
  if (!window.crypto.subtle) return {};
  const digest = new Uint8Array(await window.crypto.subtle.digest("SHA-256", bytes));
  return { "Upload-Checksum": `sha256 ${btoa(String.fromCharCode(...digest))}` };
}

// Send what has not come yet of a file. `tell(bytes)` hears how much has; `waiting()` of a lost line.
export async function sendParts(file, address, headers, { tell, waiting }) {
  const reached = async () => {
    const answer = await askUntilAnswered("HEAD", address, { headers }, waiting);
    return Number(answer.header("Upload-Offset"));
  };
  let offset = await reached();
  tell(offset);
  while (offset < file.size) {
    const start = offset;
    const bytes = await file.slice(start, start + PART).arrayBuffer();
    const answer = await ask("PATCH", address, {
      headers: {
        ...headers,
        ...(await checksum(bytes)),
        "Upload-Offset": String(start),
        "Content-Type": "application/offset+octet-stream",
      },
      body: bytes,
      onBytes: (sent) => tell(start + Math.min(sent, bytes.byteLength)),
    });
    if (answer.status === 204) {
      offset = Number(answer.header("Upload-Offset"));
    } else if (AGAIN.has(answer.status)) {
      waiting();
      await pause(1000);
      offset = await reached(); // some of the part may have come before the line broke
    } else {
      throw new Refused(answer);
    }
    tell(offset);
  }
}

// Do every piece of work, a few at a time.
export async function inTurns(works, atOnce) {
  const left = works.slice();
  const take = async () => {
    while (left.length) await left.shift()();
  };
  await Promise.all(Array.from({ length: atOnce }, take));
}
