// The operators' page. It builds everything out of elements and texts, never out of markup in strings, so that nothing that a record says can become part of the page.
const PAGES = ["overview", "batches", "enrolment", "letters", "topics", "agreements", "partners", "audit"];
const STAGES = [["eligibility", "payung-eligibility"], ["premium", "payung-premium"], ["ledger", "payung-ledger"], ["notification", "payung-notification"]];
const LAG_EVERY_MS = 2000;
let words = {};
let language = "id";
let latest = null; // the last overview
let lags = [];
const seen = new Map(); // positions and when they were seen, for rates
const rates = new Map();

// ---- elements ----

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) if (value !== null && value !== undefined) element.setAttribute(name, value);
  for (const child of children.flat()) if (child !== null && child !== undefined) element.append(child instanceof Node ? child : String(child));
  return element;
}

const number = (value) => (value === null || value === undefined ? "-" : Number(value).toLocaleString(language === "id" ? "id-ID" : "en-GB"));
const rupiah = (value) => (value === null || value === undefined ? "-" : "Rp" + Number(value).toLocaleString("id-ID"));
const moment = (value) => (value ? new Date(value).toLocaleString(language === "id" ? "id-ID" : "en-GB", { dateStyle: "medium", timeStyle: "medium" }) : "-");

// columns: [word, value(row), kind]; kind: "number", "long" or nothing.
function table(caption, columns, rows) {
  if (rows.length === 0) return make("section", {}, make("h2", {}, caption), make("p", {}, words.none));
  const head = make("tr", {}, columns.map(([title, , kind]) => make("th", { scope: "col", class: kind === "number" ? "number" : null }, title)));
  const body = rows.map((row) => make("tr", {}, columns.map(([, value, kind]) => make("td", { class: kind || null }, value(row)))));
  const scroll = make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": caption }, make("table", {}, make("caption", {}, caption), make("thead", {}, head), make("tbody", {}, body)));
  return make("section", {}, make("h2", {}, caption), scroll);
}

function facts(pairs) {
  return make("dl", { class: "facts" }, pairs.flatMap(([title, value]) => [make("dt", {}, title), make("dd", {}, value)]));
}

const enrolmentLink = (id) => make("a", { href: "#enrolment/" + id }, id);

// ---- rates and forecasts ----

function note(name, value) {
  const now = performance.now();
  const before = seen.get(name);
  if (before && now - before.at < 900) return;
  if (before && value >= before.value) rates.set(name, ((value - before.value) * 1000) / (now - before.at));
  seen.set(name, { value, at: now });
}

const rate = (name) => rates.get(name) || 0;

function ending(batch) {
  const left = batch.row_count - batch.decided;
  const each = rate("batch " + batch.batch_id);
  if (left <= 0 || each <= 0) return "-";
  return new Date(Date.now() + (left / each) * 1000).toLocaleTimeString(language === "id" ? "id-ID" : "en-GB", { hour: "2-digit", minute: "2-digit" });
}

// How many more the budget lets in, at the price that those within cost on the average.
function enough(budget) {
  const left = budget.pagu - budget.committed - budget.reserved - budget.delegated;
  return budget.accepted > 0 && budget.committed > 0 ? Math.floor(left / (budget.committed / budget.accepted)) : null;
}

// ---- pages ----

function stageCard([word, group]) {
  const rows = lags.filter((row) => row.group === group);
  const lag = rows.reduce((sum, row) => sum + row.lag, 0);
  const oldest = rows.reduce((most, row) => Math.max(most, row.lag_seconds), 0);
  const speed = rate(group);
  const state = lag === 0 ? ["idle", "good"] : speed > 0 ? ["moves", "good"] : ["still", "bad"];
  return make("li", { class: "stage" }, make("h3", {}, words[word]), make("dl", {},
    make("dt", {}, words.rate), make("dd", {}, number(Math.round(speed)) + " " + words.per_second),
    make("dt", {}, words.lag), make("dd", {}, number(lag)),
    make("dt", {}, words.oldest), make("dd", {}, number(Math.round(oldest * 10) / 10) + " " + words.seconds)),
  make("p", { class: state[1] }, words[state[0]]));
}

function intakeCard() {
  const rows = lags.filter((row) => row.group === "payung-eligibility");
  return make("li", { class: "stage" }, make("h3", {}, words.ingestion), make("dl", {},
    make("dt", {}, words.rate), make("dd", {}, number(Math.round(rate("submitted"))) + " " + words.per_second),
    make("dt", {}, words.submitted), make("dd", {}, number(rows.reduce((sum, row) => sum + row.end, 0)))));
}

function showOverview() {
  if (!latest) return [make("p", {}, words.loading)];
  return [
    make("h2", {}, words.stages), make("ol", { class: "stages" }, intakeCard(), STAGES.map(stageCard)),
    make("h2", {}, words.numbers), facts([
      [words.agreements_in_force, number(latest.agreements)], [words.decided, number(latest.decided)], [words.accepted, number(latest.accepted)], [words.waitlisted, number(latest.waitlisted)],
      [words.committed, rupiah(latest.committed)], [words.pending, number(latest.pending)], [words.outbox, number(latest.outbox)], [words.suspense, number(latest.suspense)],
      [words.webhooks_due, number(latest.webhooks_due)]]),
    table(words.open_batches, [
      [words.batch, (row) => make("code", {}, row.batch_id)], [words.agreement, (row) => row.agreement_id], [words.rows, (row) => number(row.row_count), "number"],
      [words.decided_rows, (row) => number(row.decided), "number"],
      [words.progress, (row) => make("progress", { max: row.row_count, value: row.decided, "aria-label": words.progress + " " + row.batch_id })],
      [words.ends_at, ending]], latest.batches),
    table(words.tight, [
      [words.agreement, (row) => row.agreement_id], [words.pagu, (row) => rupiah(row.pagu), "number"], [words.bound, (row) => rupiah(row.committed + row.reserved + row.delegated), "number"],
      [words.left, (row) => rupiah(row.pagu - row.committed - row.reserved - row.delegated), "number"], [words.waiting, (row) => number(row.waitlisted), "number"]], latest.tight),
  ];
}

async function load(path) {
  const answer = await fetch(path, { headers: { Accept: "application/json" } });
  const document = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(document.error || String(answer.status)), { status: answer.status });
  return document;
}

async function paged(name, mark, caption, columns) {
  const page = await load("/api/" + name + (mark ? "?after=" + encodeURIComponent(mark) : ""));
  const ways = make("p", {}, mark ? make("a", { href: "#" + name }, words.first) : null, " ", page.next ? make("a", { href: "#" + name + "/" + encodeURIComponent(page.next) }, words.more) : null);
  return [table(caption, columns, page.rows), ways];
}

const pages = {
  overview: async () => showOverview(),
  batches: (mark) => paged("batches", mark, words.batches, [
    [words.batch, (row) => make("code", {}, row.batch_id)], [words.agreement, (row) => row.agreement_id], [words.state, (row) => words.states[row.state]], [words.rows, (row) => number(row.row_count), "number"],
    [words.submitted, (row) => number(row.submitted_rows), "number"], [words.decided_rows, (row) => number(row.decided), "number"], [words.received, (row) => moment(row.received_at)],
    [words.by, (row) => [row.sent_by, row.released_by, row.ended_by].filter(Boolean).join(", ") || "-"], [words.note, (row) => row.note || "-", "long"]]),
  agreements: (mark) => paged("agreements", mark, words.agreements, [
    [words.agreement, (row) => row.agreement_id], [words.name, (row) => row.name, "long"], [words.payer, (row) => row.payer_name, "long"], [words.period, (row) => row.period_from + " - " + row.period_to],
    [words.pagu, (row) => rupiah(row.pagu), "number"], [words.bound, (row) => rupiah(row.committed + row.reserved + row.delegated), "number"],
    [words.left, (row) => rupiah(row.pagu - row.committed - row.reserved - row.delegated), "number"], [words.left_for, (row) => number(enough(row)) + " " + words.people, "number"],
    [words.accepted, (row) => number(row.accepted), "number"], [words.waiting, (row) => number(row.waitlisted), "number"], [words.receivable, (row) => rupiah(row.receivable), "number"],
    [words.credit, (row) => rupiah(row.credit), "number"]]),
  audit: (mark) => paged("audit", mark, words.audit, [
    [words.at, (row) => moment(row.at)], [words.actor, (row) => row.actor], [words.action, (row) => row.action], [words.agreement, (row) => row.agreement_id || "-"], [words.detail, (row) => row.detail || "-", "long"]]),
  partners: async () => {
    const page = await load("/api/partners");
    return [table(words.partners, [
      [words.partner, (row) => row.partner], [words.roles, (row) => row.roles.join(", ")],
      [words.scope, (row) => [...row.agreements, ...row.regions].join(", ") || words.everything, "long"], [words.signs, (row) => (row.signs ? words.yes : words.no)],
      [words.certificate, (row) => (row.certificate ? words.yes : words.no)],
      [words.webhooks, (row) => row.webhooks.map((hook) => hook.host + ": " + hook.state + (hook.reason ? " (" + hook.reason + ")" : "")).join("; ") || "-", "long"]], page.rows)];
  },
  topics: async () => {
    const page = await load("/api/lag");
    return [table(words.topics, [
      [words.group, (row) => row.group], [words.topic, (row) => row.topic], [words.partition, (row) => row.partition, "number"],
      [words.done, (row) => (row.committed === null ? words.never : number(row.committed)), "number"], [words.end, (row) => number(row.end), "number"], [words.lag, (row) => number(row.lag), "number"],
      [words.oldest, (row) => number(Math.round(row.lag_seconds * 10) / 10) + " " + words.seconds, "number"]], page.rows)];
  },
  letters: async () => {
    const page = await load("/api/letters");
    return [
      table(words.groups, [[words.topic, (row) => row.topic], [words.reason, (row) => row.reason], [words.message, (row) => row.message, "long"], [words.count, (row) => number(row.open), "number"],
        [words.oldest, (row) => moment(row.oldest)], [words.newest, (row) => moment(row.newest)], [words.sample, (row) => make("code", {}, row.sample)]], page.groups.filter((row) => row.open > 0)),
      table(words.each, [[words.letter, (row) => make("code", {}, row.letter)], [words.reason, (row) => row.reason], [words.at, (row) => moment(row.time)], [words.size, (row) => number(row.bytes), "number"]], page.letters),
    ];
  },
  enrolment: async (id) => {
    const field = make("input", { id: "number", name: "number", value: id || "", autocomplete: "off", spellcheck: "false", "aria-describedby": "number-help" });
    const form = make("form", {}, make("p", {}, make("label", { for: "number" }, words.enrolment), " ", field, " ", make("button", { type: "submit" }, words.find)), make("p", { id: "number-help" }, words.find_help));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      window.location.hash = "#enrolment/" + encodeURIComponent(field.value.trim().toLowerCase());
    });
    if (!id) return [form];
    try {
      return [form, ...timeline(await load("/api/enrolments/" + encodeURIComponent(id)))];
    } catch (error) {
      if (error.status === 404) return [form, make("p", { role: "alert" }, words.unknown)];
      throw error;
    }
  },
};

function timeline(page) {
  const parts = [];
  for (const attempt of page.attempts) {
    parts.push(make("h2", {}, words.attempt + " " + attempt.attempt), facts([
      [words.status, attempt.status], [words.at, moment(attempt.decided_at)], [words.agreement, attempt.agreement], [words.batch, attempt.batch ? attempt.batch + " / " + attempt.row : "-"],
      [words.segment, attempt.segment], [words.programmes, attempt.programmes || "-"], [words.months, attempt.start_month + ", " + attempt.months], [words.amount, rupiah(attempt.amount)],
      [words.place, attempt.partition + " / " + attempt.origin]]));
    const codes = [...attempt.codes, ...attempt.warnings];
    if (codes.length > 0) parts.push(table(words.reasons, [[words.code, (row) => row.code], [words.reason, (row) => row.reason, "long"], [words.remedy, (row) => row.remedy, "long"]], codes));
    if (attempt.lines) parts.push(table(words.price, [[words.programme, (row) => row.programme], [words.amount, (row) => rupiah(row.amount), "number"], [words.months, (row) => row.from + ", " + row.months],
      [words.row, (row) => row.tariff_row], [words.regulation, (row) => row.regulation, "long"]], attempt.lines));
  }
  for (const journal of page.journals) parts.push(table(words.journals + " " + journal.seq, [[words.account, (row) => row.account], [words.amount, (row) => rupiah(row.amount), "number"]], journal.entries || []));
  if (page.cover) parts.push(make("h2", {}, words.cover), facts([[words.state, page.cover.state + " " + words.since + " " + page.cover.since], [words.months, page.cover.start_month + " - " + page.cover.end_month]]));
  parts.push(table(words.messages, [[words.template, (row) => row.template], [words.channel, (row) => row.channel], [words.state, (row) => row.state], [words.at, (row) => moment(row.at)]], page.messages));
  return parts;
}

// ---- the frame ----

function where() {
  const [name, ...rest] = window.location.hash.slice(1).split("/");
  return { name: PAGES.includes(name) ? name : "overview", argument: rest.length > 0 ? decodeURIComponent(rest.join("/")) : "" };
}

let turn = 0; // a page that comes too late is not shown

async function show(moveFocus) {
  const { name, argument } = where();
  const mine = ++turn;
  const content = document.getElementById("content");
  document.title = words[name] + " - Payung";
  document.getElementById("title").textContent = words[name];
  document.getElementById("pages").replaceChildren(...PAGES.map((page) => make("li", {}, make("a", { href: "#" + page, "aria-current": page === name ? "page" : null }, words[page]))));
  let parts;
  try {
    parts = await pages[name](argument);
  } catch (error) {
    parts = [make("p", { role: "alert" }, words.failed + error.message)];
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
  content.replaceChildren(...showOverview());
  if (place >= 0) stops()[place]?.focus({ preventScroll: true });
}

async function speak(next) {
  words = await load("/words." + next + ".json");
  language = next;
  localStorage.setItem("language", next);
  document.documentElement.lang = next;
  document.getElementById("skip").textContent = words.skip;
  document.getElementById("nav").setAttribute("aria-label", words.pages);
  const button = document.getElementById("language");
  button.textContent = words.language;
  button.lang = words.other;
  await show(false);
}

async function lookAtLag() {
  try {
    lags = (await load("/api/lag")).rows;
    for (const [, group] of STAGES) note(group, lags.filter((row) => row.group === group).reduce((sum, row) => sum + (row.committed || 0), 0));
    note("submitted", lags.filter((row) => row.group === "payung-eligibility").reduce((sum, row) => sum + row.end, 0));
    refresh();
  } catch (error) {
    lags = []; // told by the page of topics
  }
}

function follow() {
  const events = new EventSource("/api/events");
  const state = document.getElementById("state");
  events.addEventListener("open", () => { state.textContent = words.connected; });
  events.addEventListener("error", () => { state.textContent = words.lost; });
  events.addEventListener("overview", (event) => {
    latest = JSON.parse(event.data);
    for (const batch of latest.batches) note("batch " + batch.batch_id, batch.decided);
    refresh();
  });
}

document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address names the page, not a place on it
  document.getElementById("main").focus();
});
document.getElementById("language").addEventListener("click", () => speak(words.other));
window.addEventListener("hashchange", () => show(true));
await speak(localStorage.getItem("language") === "en" ? "en" : "id");
follow();
await lookAtLag();
setInterval(lookAtLag, LAG_EVERY_MS);
