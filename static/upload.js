// Files on their way: what each is, whether it can be read at all, and how far its bytes have come.
// Without this script the same form sends the same files.
const form = document.getElementById("upload");
const input = form.querySelector("input[type=file]");
const card = document.getElementById("chosen");
const body = card.querySelector("tbody");
const send = document.getElementById("send");
const largest = Number(form.dataset.largest);
const tables = JSON.parse(form.dataset.tables);
let chosen = [];
let request = null;

const SPREADSHEETS = /\.(xlsx?|xlsm|xlsb|ods|numbers)$/i;
const READABLE = /\.(csv|csv\.gz|zip)$/i;
const ZIP = [0x50, 0x4b, 0x03, 0x04];
const OLE = [0xd0, 0xcf, 0x11, 0xe0];

function size(bytes) {
  const units = ["bytes", "KB", "MB", "GB"];
  let unit = 0;
  while (bytes >= 1024 && unit < units.length - 1) {
    bytes /= 1024;
    unit += 1;
  }
  return `${unit && bytes < 10 ? bytes.toFixed(1) : Math.round(bytes)} ${units[unit]}`;
}

function recognised(name) {
  if (/\.zip$/i.test(name)) return "All tables in one zip";
  const stem = name.replace(/\.csv(\.gz)?$/i, "");
  return tables[stem] ? `${tables[stem]} (${stem})` : "";
}

// Why a file cannot be taken, and what to do; an empty text if nothing speaks against it.
async function fault(file) {
  const start = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  const begins = (bytes) => bytes.every((byte, place) => start[place] === byte);
  const sheet = SPREADSHEETS.test(file.name) || begins(OLE) || (begins(ZIP) && !/\.zip$/i.test(file.name));
  if (sheet) return "This is a spreadsheet. Save the sheet as “CSV UTF-8” and choose that file.";
  if (!READABLE.test(file.name)) return "Choose a CSV file, a CSV file in gzip, or a zip of CSV files.";
  if (file.size === 0) return "This file is empty.";
  if (file.size > largest) return `This file is larger than ${size(largest)}. Compress it, or send it over the API.`;
  if (!recognised(file.name)) return "This is not the name of a table. Use the name in the specification, as in CYP101Referral.csv.";
  return "";
}

function cell(row, text, name = "") {
  const made = row.insertCell();
  made.textContent = text;
  made.className = name;
  return made;
}

function tag(place, text, colour) {
  const made = document.createElement("strong");
  made.className = `nhsuk-tag nhsuk-tag--${colour}`;
  made.textContent = text;
  place.replaceChildren(made);
}

function draw(entry) {
  const row = body.insertRow();
  cell(row, entry.file.name, "app-files__name");
  const what = cell(row, entry.fault || recognised(entry.file.name));
  if (entry.fault) what.className = "app-bad";
  cell(row, size(entry.file.size), "app-n");
  entry.place = cell(row, "");
  tag(entry.place, entry.fault ? "Not sent" : "Waiting", entry.fault ? "red" : "grey");
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
  document.getElementById("chosen-title").textContent =
    `${good} of ${chosen.length} ${chosen.length === 1 ? "file" : "files"} can be sent`;
}

async function add(files) {
  for (const file of files) {
    chosen = chosen.filter((entry) => entry.file.name !== file.name);
    chosen.push({ file, fault: await fault(file), sent: 0 });
  }
  show();
}

// The files travel one after the other in one request: their bytes tell how far each has come.
function progress(good, loaded, total) {
  const all = good.reduce((sum, entry) => sum + entry.file.size, 0);
  let left = Math.max(0, loaded - (total - all));
  for (const entry of good) {
    const here = Math.min(left, entry.file.size);
    left -= here;
    if (here === entry.file.size) tag(entry.place, "Uploaded", "green");
    else if (here > 0) bar(entry, here);
  }
}

function bar(entry, here) {
  let made = entry.place.querySelector("progress");
  if (!made) {
    made = document.createElement("progress");
    made.className = "app-progress";
    made.max = entry.file.size;
    made.setAttribute("aria-label", `Upload of ${entry.file.name}`);
    entry.place.replaceChildren(made, document.createElement("span"));
  }
  made.value = here;
  entry.place.lastChild.textContent = `${size(here)} of ${size(entry.file.size)}`;
}

function say(text) {
  document.getElementById("announcer").textContent = text;
}

function ended(good) {
  window.removeEventListener("beforeunload", warn);
  const place = request.getResponseHeader("Location");
  if (request.status === 201 && place) {
    window.location.assign(place);
    return;
  }
  request = null;
  send.disabled = false;
  good.forEach((entry) => tag(entry.place, "Not sent", "red"));
  const answer = new DOMParser().parseFromString(this.responseText || "", "text/html");
  const summary = answer.querySelector(".nhsuk-error-summary, .app-main h1");
  const shown = document.createElement("div");
  shown.className = "app-card app-card--gap app-bad";
  shown.tabIndex = -1;
  shown.textContent = summary
    ? summary.textContent.replace(/\s+/g, " ").trim()
    : "The connection broke. Nothing was kept; send the files again.";
  form.before(shown);
  shown.focus();
}

function warn(event) {
  event.preventDefault();
}

function upload(event) {
  const good = chosen.filter((entry) => !entry.fault);
  if (good.length === 0) {
    if (chosen.length || input.files.length === 0) event.preventDefault();
    say("Choose at least one file that can be sent.");
    return;
  }
  event.preventDefault();
  if (request) return;
  form.parentElement.querySelectorAll(".app-card.app-bad").forEach((old) => old.remove());
  const data = new FormData(form);
  data.delete(input.name);
  good.forEach((entry) => data.append(input.name, entry.file, entry.file.name));
  request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
  request.upload.addEventListener("progress", (now) => progress(good, now.loaded, now.total));
  request.addEventListener("loadend", () => ended.call(request, good));
  window.addEventListener("beforeunload", warn);
  send.disabled = true;
  say(`Sending ${good.length} ${good.length === 1 ? "file" : "files"}.`);
  request.send(data);
}

input.addEventListener("change", () => add([...input.files]));
form.addEventListener("submit", upload);
