// The form to send files: what each is, how far its bytes have come, and what they will replace.
// Without this script the same form sends the same files in one request.
import { dayIn, fault, recognised, size } from "./recognising.js";
import { remembering } from "./remembering.js";
import { Refused, askUntilAnswered, inTurns, sendParts } from "./sending.js";

const AT_ONCE = 2;
const form = document.getElementById("upload");
const input = form.querySelector("input[type=file]");
const card = document.getElementById("chosen");
const body = card.querySelector("tbody");
const send = document.getElementById("send");
const told = JSON.parse(form.dataset.script);
const kept = remembering(told.provider);
const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
const HEADERS = { "Tus-Resumable": "1.0.0", "X-CSRFToken": token, "X-Requested-With": "XMLHttpRequest" };
let chosen = [];
let sending = false;

function say(text) {
  document.getElementById("announcer").textContent = text;
}

const files = (count) => `${count} ${count === 1 ? "file" : "files"}`;

function cell(row, text, name = "") {
  const made = row.insertCell();
  made.textContent = text;
  made.className = name;
  return made;
}

function tag(entry, text, colour) {
  const made = document.createElement("strong");
  made.className = `nhsuk-tag nhsuk-tag--${colour}`;
  made.textContent = text;
  entry.place.replaceChildren(made);
  entry.state = text;
}

function bar(entry, bytes, note) {
  let made = entry.place.querySelector("progress");
  if (!made) {
    made = document.createElement("progress");
    made.className = "app-progress";
    made.max = entry.file.size;
    made.setAttribute("aria-label", `Upload of ${entry.file.name}`);
    entry.place.replaceChildren(made, document.createElement("span"));
  }
  made.value = bytes;
  entry.place.lastChild.textContent = note;
}

function draw(entry) {
  const row = body.insertRow();
  cell(row, entry.file.name, "app-files__name");
  const what = cell(row, entry.fault || recognised(entry.file.name, told.tables));
  if (entry.fault) what.className = "app-bad";
  cell(row, size(entry.file.size), "app-n");
  entry.place = cell(row, "");
  tag(entry, entry.fault ? "Not sent" : "Waiting", entry.fault ? "red" : "grey");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "app-link-button";
  button.textContent = "Remove";
  button.setAttribute("aria-label", `Remove ${entry.file.name}`);
  button.addEventListener("click", () => {
    chosen = chosen.filter((other) => other !== entry);
    show();
    input.parentElement.querySelector("button")?.focus();
  });
  row.insertCell().append(button);
}

function show() {
  body.replaceChildren();
  chosen.forEach(draw);
  card.hidden = chosen.length === 0;
  const good = chosen.filter((entry) => !entry.fault).length;
  const title = `${good} of ${files(chosen.length)} can be sent`;
  document.getElementById("chosen-title").textContent = title;
  say(title);
}

async function add(more) {
  if (sending) return;
  for (const file of more) {
    chosen = chosen.filter((entry) => entry.file.name !== file.name);
    chosen.push({ file, fault: await fault(file, told) });
    tellDay(await dayIn(file, told).catch(() => ""));
  }
  show();
}

// Which day the header covers, and what stands for that day now.
async function tellDay(day) {
  if (!day) return;
  const answer = await fetch(`${told.day}?day=${day}`);
  if (!answer.ok) return;
  const { covers, replaces } = await answer.json();
  const facts = document.querySelectorAll(".app-facts dd");
  facts[1].textContent = covers;
  facts[2].textContent = replaces;
}

function warn(event) {
  event.preventDefault();
}

function left(entry, bytes) {
  const seconds = (performance.now() - entry.began) / 1000;
  const speed = (bytes - entry.from) / seconds;
  const rest = Math.ceil((entry.file.size - bytes) / speed);
  if (seconds < 2 || !Number.isFinite(rest)) return "";
  return rest < 90 ? `, about ${rest} seconds left` : `, about ${Math.ceil(rest / 60)} minutes left`;
}

function tell(entry, bytes) {
  if (entry.began === undefined) {
    entry.began = performance.now();
    entry.from = bytes;
  }
  bar(entry, bytes, `${size(bytes)} of ${size(entry.file.size)}${left(entry, bytes)}`);
}

function lost(entry) {
  const made = entry.place.querySelector("progress");
  bar(entry, made ? made.value : 0, "Waiting for the connection. It goes on by itself.");
  say("The connection was lost. The upload goes on by itself.");
}

// The address of a file's upload: the one it had before, if it is still there, or a new one.
async function begin(file) {
  const before = kept.address(file);
  if (before) {
    const isThere = await askUntilAnswered("HEAD", before, { headers: HEADERS }).catch(() => null);
    if (isThere) return before;
    kept.forget();
  }
  const name = new TextEncoder().encode(file.name);
  const to = kept.reference() ? `?to=${kept.reference()}` : "";
  const answer = await askUntilAnswered("POST", told.begin + to, {
    headers: {
      ...HEADERS,
      "Upload-Length": String(file.size),
      "Upload-Metadata": `filename ${btoa(String.fromCharCode(...name))}`,
    },
  });
  const address = told.at + answer.header("Location");
  kept.keep(file, address, answer.header("Submission-Reference"));
  return address;
}

async function beginAll(good) {
  const wanted = good.map((entry) => entry.file);
  for (const address of kept.others(wanted)) {
    await askUntilAnswered("DELETE", address, { headers: HEADERS }).catch(() => null);
    kept.drop(address);
  }
  for (const entry of good) entry.address = await begin(entry.file);
  // where an old upload was gone, those found before it belong to nothing any more
  for (const entry of good) entry.address = kept.address(entry.file) || (await begin(entry.file));
}

async function sendOne(entry) {
  await sendParts(entry.file, entry.address, HEADERS, {
    tell: (bytes) => tell(entry, bytes),
    waiting: () => lost(entry),
  });
  tag(entry, "Uploaded", "green");
  const good = chosen.filter((other) => !other.fault);
  const done = good.filter((other) => other.state === "Uploaded").length;
  document.getElementById("chosen-title").textContent = `${done} of ${files(good.length)} uploaded`;
}

async function sendAll(good) {
  await beginAll(good);
  await inTurns(good.map((entry) => () => sendOne(entry)), AT_ONCE);
  document.getElementById("chosen-title").textContent = `${files(good.length)} uploaded, being looked at`;
  say("All files are uploaded.");
  const answer = await askUntilAnswered("POST", told.finish.replace("S-0", kept.reference()), {
    headers: { ...HEADERS, "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ mode: form.elements.mode.value }).toString(),
  });
  kept.forget();
  window.removeEventListener("beforeunload", warn);
  window.location.assign(answer.header("Location"));
}

function explain(broken) {
  const shown = document.createElement("div");
  shown.className = "app-card app-card--gap app-bad";
  shown.tabIndex = -1;
  shown.setAttribute("role", "alert");
  const said = broken instanceof Refused ? broken.said : null;
  if (said) shown.textContent = `${said.title}. ${said.detail} ${said.remedy}`;
  else if (broken.status === 403 || broken.status === 404) shown.textContent = "You are not signed in any more. Load this page again, sign in, and choose the same files: they go on from where they stopped.";
  else shown.textContent = "The upload stopped. Load this page again and choose the same files: they go on from where they stopped.";
  form.before(shown);
  shown.focus();
}

async function upload(event) {
  const good = chosen.filter((entry) => !entry.fault);
  if (good.length === 0) {
    if (chosen.length || input.files.length === 0) event.preventDefault();
    say("Choose at least one file that can be sent.");
    return;
  }
  event.preventDefault();
  if (sending) return;
  sending = true;
  form.parentElement.querySelectorAll(".app-card.app-bad").forEach((old) => old.remove());
  body.querySelectorAll("button").forEach((button) => button.remove());
  window.addEventListener("beforeunload", warn);
  send.disabled = true;
  say(`Sending ${files(good.length)}.`);
  try {
    await sendAll(good);
  } catch (broken) {
    window.removeEventListener("beforeunload", warn);
    good.filter((entry) => entry.state !== "Uploaded").forEach((entry) => tag(entry, "Stopped", "red"));
    if (broken instanceof Refused && broken.said && broken.status !== 429) kept.forget();
    sending = false;
    send.disabled = false;
    explain(broken);
  }
}

// Name the files that were on their way when the page was left.
function remind() {
  const names = kept.names();
  if (!names.length) return;
  const note = document.getElementById("interrupted");
  note.hidden = false;
  note.querySelector("ul").replaceChildren(...names.map((name) => {
    const made = document.createElement("li");
    made.textContent = name;
    return made;
  }));
}

input.addEventListener("change", () => add([...input.files]));
form.addEventListener("submit", upload);
if (input.files.length) add([...input.files]); // a browser that goes back to the page gives them again
remind();
