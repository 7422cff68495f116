// The operators' page: the frame around the pages, each of which is a module that makes elements (elements.js) of what the service tells.
import { access, lookWho, session } from "./access.js";
import { whenDone } from "./act.js";
import { agreements } from "./agreements.js";
import { audit } from "./audit.js";
import { batches } from "./batches.js";
import { cards } from "./cards.js";
import { chooseLanguage, make, words } from "./elements.js";
import { enrolment } from "./enrolment.js";
import { letters } from "./letters.js";
import { list } from "./list.js";
import { follow, latest } from "./live.js";
import { messages } from "./messages.js";
import { notifications } from "./notifications.js";
import { overview } from "./overview.js";
import { partners } from "./partners.js";
import { proposals } from "./proposals.js";
import { topics } from "./topics.js";

// In the order of the menu. A page is given what stands behind its name in the address, and answers with what it shows.
const pages = { overview, batches, enrolment, notifications, cards, letters, topics, agreements, proposals, partners, audit, access };
const PAGES = Object.keys(pages);
// What pages lead to: they are in no menu.
const behind = { batch: list, messages };

function where() {
  const [name, ...rest] = window.location.hash.slice(1).split("/");
  return { name: PAGES.includes(name) || Object.hasOwn(behind, name) ? name : "overview", argument: rest.length > 0 ? decodeURIComponent(rest.join("/")) : "" };
}

let turn = 0; // a page that comes too late is not shown

// keepsTold: what was said of an action stays.
async function show(moveFocus, keepsTold) {
  const { name, argument } = where();
  const mine = ++turn;
  const content = document.getElementById("content");
  if (!keepsTold) document.getElementById("told").textContent = "";
  const title = words["title_" + name] || words[name];
  document.title = title + " - Payung";
  document.getElementById("title").textContent = title;
  document.getElementById("pages").replaceChildren(...PAGES.map((page) => make("li", {}, make("a", { href: "#" + page, "aria-current": page === name ? "page" : null }, page === "access" && session.operator ? session.operator : words[page]))));
  let parts;
  try {
    parts = await (pages[name] || behind[name])(argument);
  } catch (error) {
    parts = [make("p", { role: "alert" }, error.message === "SIGN_IN" ? make("a", { href: "#access" }, words.errors.SIGN_IN) : words.failed + error.message)];
  }
  if (mine !== turn) return;
  content.replaceChildren(...parts);
  if (moveFocus) document.getElementById("main").focus();
}

// What had the focus has it again: who moves by keys must not be thrown out by what is new.
function refresh() {
  if (where().name !== "overview" || !latest) return;
  const content = document.getElementById("content");
  const stops = () => [...content.querySelectorAll("a, button, input, [tabindex]")];
  const place = stops().indexOf(document.activeElement);
  content.replaceChildren(...overview());
  if (place >= 0) stops()[place]?.focus({ preventScroll: true });
}

async function speak(next) {
  await chooseLanguage(next);
  localStorage.setItem("language", next);
  document.documentElement.lang = next;
  document.getElementById("skip").textContent = words.skip;
  document.getElementById("nav").setAttribute("aria-label", words.pages);
  const button = document.getElementById("language");
  button.textContent = words.language;
  button.lang = words.other;
  await show(false);
}

document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address names the page, not a place on it
  document.getElementById("main").focus();
});
document.getElementById("language").addEventListener("click", () => speak(words.other));
window.addEventListener("hashchange", async () => {
  await lookWho().catch(() => {}); // told by what the page asks
  await show(true);
});
whenDone(() => show(false, true));
await lookWho(() => show(false)).catch(() => {}); // told by what the page asks
await speak(localStorage.getItem("language") === "en" ? "en" : "id");
await follow(refresh, (state) => { document.getElementById("state").textContent = words[state]; });
