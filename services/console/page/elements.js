// What every page is made of: elements and texts, never markup in strings, so that nothing that a record says can become part of the page; and the words of the language that was chosen.
export let words = {};
export let language = "id";

export async function chooseLanguage(next) {
  words = await load("/words." + next + ".json");
  language = next;
}

export function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) if (value !== null && value !== undefined) element.setAttribute(name, value);
  for (const child of children.flat()) if (child !== null && child !== undefined) element.append(child instanceof Node ? child : String(child));
  return element;
}

export const number = (value) => (value === null || value === undefined ? "-" : Number(value).toLocaleString(language === "id" ? "id-ID" : "en-GB"));
export const rupiah = (value) => (value === null || value === undefined ? "-" : "Rp" + Number(value).toLocaleString("id-ID"));
export const moment = (value) => (value ? new Date(value).toLocaleString(language === "id" ? "id-ID" : "en-GB", { dateStyle: "medium", timeStyle: "medium" }) : "-");

// columns: [word, value(row), kind]; kind: "number", "long" or nothing.
export function table(caption, columns, rows) {
  if (rows.length === 0) return make("section", {}, make("h2", {}, caption), make("p", {}, words.none));
  const head = make("tr", {}, columns.map(([title, , kind]) => make("th", { scope: "col", class: kind === "number" ? "number" : null }, title)));
  const body = rows.map((row) => make("tr", {}, columns.map(([, value, kind]) => make("td", { class: kind || null }, value(row)))));
  const scroll = make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": caption }, make("table", {}, make("caption", {}, caption), make("thead", {}, head), make("tbody", {}, body)));
  return make("section", {}, make("h2", {}, caption), scroll);
}

export function facts(pairs) {
  return make("dl", { class: "facts" }, pairs.flatMap(([title, value]) => [make("dt", {}, title), make("dd", {}, value)]));
}

// The hour and minute of a moment to come.
export const clock = (at) => new Date(at).toLocaleTimeString(language === "id" ? "id-ID" : "en-GB", { hour: "2-digit", minute: "2-digit" });

// ---- what the service is asked ----

export async function load(path) {
  const answer = await fetch(path, { headers: { Accept: "application/json" } });
  const document = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(document.error || String(answer.status)), { status: answer.status });
  return document;
}

// A request that changes something; body is left out of DELETE. An error carries what the service said: {error, detail, remedy, seconds}.
export async function send(method, path, body) {
  const answer = await fetch(path, { method, headers: { "Content-Type": "application/json", Accept: "application/json" }, body: body === undefined ? undefined : JSON.stringify(body) });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(told.error || String(answer.status)), { status: answer.status, told });
  return told;
}

// An error in words; what the service adds is in the words of the code.
export function explain(error) {
  if (error instanceof SyntaxError) return words.errors.NO_JSON + " " + error.message;
  const told = error.told || {};
  const sentence = (words.errors[told.error || error.message] || words.failed + error.message).replace("{seconds}", told.seconds);
  return [sentence, told.detail, told.remedy].filter(Boolean).join(" ");
}

export async function paged(name, mark, caption, columns) {
  const page = await load("/api/" + name + (mark ? "?after=" + encodeURIComponent(mark) : ""));
  const ways = make("p", {}, mark ? make("a", { href: "#" + name }, words.first) : null, " ", page.next ? make("a", { href: "#" + name + "/" + encodeURIComponent(page.next) }, words.more) : null);
  return [table(caption, columns, page.rows), ways];
}
