// One application: each attempt with its reasons, the price by regulation, journals, cover and messages.
import { person } from "./person.js";
import { facts, load, make, moment, rupiah, table, words } from "./elements.js";

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

export async function enrolment(id) {
  const field = make("input", { id: "number", name: "number", value: id || "", autocomplete: "off", spellcheck: "false", "aria-describedby": "number-help" });
  const form = make("form", {}, make("p", {}, make("label", { for: "number" }, words.enrolment), " ", field, " ", make("button", { type: "submit" }, words.find)), make("p", { id: "number-help" }, words.find_help));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    window.location.hash = "#enrolment/" + encodeURIComponent(field.value.trim().toLowerCase());
  });
  if (!id) return [form];
  try {
    return [form, ...timeline(await load("/api/enrolments/" + encodeURIComponent(id))), ...person(id)];
  } catch (error) {
    if (error.status === 404) return [form, make("p", { role: "alert" }, words.unknown)];
    throw error;
  }
}
