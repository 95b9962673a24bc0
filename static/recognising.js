// What a chosen file is, and whether it can be taken at all: told by its name and its first bytes.
const READABLE = /\.(csv|csv\.gz|zip)$/i;
// The first bytes of what is often sent by mistake, and what to do about it.
const SHEET = "This is a spreadsheet. Save each sheet as “CSV UTF-8” and choose those files.";
const PICTURE = "This is a picture. Choose the CSV files of the day.";
const MISTAKES = [
  [[0xd0, 0xcf, 0x11, 0xe0], SHEET], // .xls and other old office files
  [[0x25, 0x50, 0x44, 0x46], "This is a PDF. Choose the CSV files of the day."],
  [[0x89, 0x50, 0x4e, 0x47], PICTURE],
  [[0xff, 0xd8, 0xff], PICTURE],
  [[0x37, 0x7a, 0xbc, 0xaf], "This is a 7z archive. Make a zip instead."],
  [[0x50, 0x41, 0x52, 0x31], "This is Parquet. Choose the same table as CSV."],
];
const SHEETS = /\.(xlsx?|xlsm|xlsb|ods|numbers)$/i;
const ZIP = [0x50, 0x4b, 0x03, 0x04];
const GZIP = [0x1f, 0x8b];
const HEAD = 65536;

export function size(bytes) {
  const units = ["bytes", "KB", "MB", "GB"];
  let unit = 0;
  while (bytes >= 1024 && unit < units.length - 1) {
    bytes /= 1024;
    unit += 1;
  }
  return `${unit && bytes < 10 ? bytes.toFixed(1) : Math.round(bytes)} ${units[unit]}`;
}

const stem = (name) => name.replace(/\.csv(\.gz)?$/i, "");

// The table that a file holds, in words; an empty text if its name is none of a table.
export function recognised(name, tables) {
  if (/\.zip$/i.test(name)) return "All tables in one zip";
  return tables[stem(name)] || "";
}

// Why a file cannot be taken, and what to do; an empty text if nothing speaks against it.
export async function fault(file, { tables, largest }) {
  const start = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  const begins = (bytes) => bytes.every((byte, place) => start[place] === byte);
  const isZip = /\.zip$/i.test(file.name);
  const isGzip = /\.gz$/i.test(file.name);
  if (SHEETS.test(file.name) || (begins(ZIP) && !isZip)) return SHEET;
  const mistake = MISTAKES.find(([bytes]) => begins(bytes));
  if (mistake) return mistake[1];
  if (!READABLE.test(file.name)) return "Choose a CSV file, a CSV file in gzip, or a zip of CSV files.";
  if (file.size === 0) return "This file is empty.";
  if (file.size > largest) return `This file is larger than ${size(largest)}. Compress it, or ask the operators.`;
  if (isZip && !begins(ZIP)) return "This is called a zip and is none. Make the zip again.";
  if (isGzip && !begins(GZIP)) return "This is called gzip and is none. Compress the file again.";
  if (!recognised(file.name, tables)) return "This is not the name of a table. Use the name in the specification, as in CYP101Referral.csv.";
  return "";
}

// The day that a header file says it covers, or an empty text. The file is read here, in the browser.
export async function dayIn(file, { header, lastDay }) {
  if (stem(file.name) !== header || file.size > HEAD) return "";
  const packed = /\.gz$/i.test(file.name);
  const bytes = packed ? file.stream().pipeThrough(new DecompressionStream("gzip")) : file;
  const text = await new Response(bytes).text();
  const [names, values] = text.replace(/^\ufeff/, "").split(/\r?\n/);
  const cells = (line) => (line || "").split(",").map((cell) => cell.replace(/^"|"$/g, ""));
  const day = cells(values)[cells(names).indexOf(lastDay)] || "";
  return /^\d{4}-\d\d-\d\d$/.test(day) ? day : "";
}
