// What was on its way when a page was left, so that the same files go on from where they stopped.
// Kept in the browser: names, sizes and addresses of uploads; nothing of what is in a file.
const LONGEST = 24 * 3600 * 1000;

const mark = (file) => `${file.name}|${file.size}|${file.lastModified}`;

export function remembering(provider) {
  const key = `uploads:${provider}`;
  const empty = () => ({ reference: "", began: Date.now(), files: {} });
  const read = () => {
    try {
      const held = JSON.parse(localStorage.getItem(key));
      return held && Date.now() - held.began < LONGEST ? held : empty();
    } catch {
      return empty();
    }
  };
  let held = read();
  const write = () => {
    try {
      localStorage.setItem(key, JSON.stringify(held));
    } catch {
      // a browser that keeps nothing can still send; it only cannot go on after the page was left
    }
  };
  return {
    reference: () => held.reference,
    names: () => Object.keys(held.files).map((one) => one.split("|")[0]),
    address: (file) => held.files[mark(file)],
    others: (files) => {
      const marks = new Set(files.map(mark));
      return Object.entries(held.files).filter(([one]) => !marks.has(one)).map(([, address]) => address);
    },
    keep: (file, address, reference) => {
      held.reference = reference;
      held.files[mark(file)] = address;
      write();
    },
    drop: (address) => {
      held.files = Object.fromEntries(Object.entries(held.files).filter(([, one]) => one !== address));
      write();
    },
    forget: () => {
      held = empty();
      localStorage.removeItem(key);
    },
  };
}
