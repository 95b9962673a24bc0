// What every page does with a script: start the design system's parts, and speak of live changes.
import { initAll } from "./vendor/nhsuk-frontend-10.6.1.min.js";

document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
initAll();

// A fragment that polls says what is new in data-say; it is read out at most every five seconds.
const QUIET_FOR = 5000;
const announcer = document.getElementById("announcer");
let said = "";
let spokenAt = 0;

function announce() {
  const fragment = document.querySelector("[data-say]");
  if (!announcer || !fragment || fragment.dataset.say === said) return;
  const wait = spokenAt + QUIET_FOR - Date.now();
  if (wait > 0) {
    setTimeout(announce, wait);
    return;
  }
  said = fragment.dataset.say;
  spokenAt = Date.now();
  announcer.textContent = said;
}

document.body.addEventListener("htmx:afterSettle", announce);

// A page nobody looks at asks nothing; it catches up when it is looked at again.
document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.target.matches("[data-say]")) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  const fragment = document.querySelector("[data-say][hx-get]");
  if (!document.hidden && fragment && window.htmx) window.htmx.trigger(fragment, "again");
});
