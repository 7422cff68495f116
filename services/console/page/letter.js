// One dead letter: what it says, what can be put in its place, and what became of it.
import { action } from "./act.js";
import { may } from "./access.js";
import { facts, load, make, moment, number, send, table, words } from "./elements.js";

// What an order for letters would do, in a sentence.
export async function foresee(path, choice) {
  const seen = await send("POST", path, choice);
  const refusals = seen.refusals.map((row) => row.count + " " + row.code + ": " + row.reason + ". " + row.remedy).join(" ");
  return words.would_do.replace("{matching}", number(seen.matching)).replace("{done}", number(seen.done + seen.left)).replace("{already}", number(seen.already)).replace("{refused}", number(seen.refused)) + " " + refusals;
}

export const letterDone = (answer, sum) => words.letters_done.replace("{done}", number(sum)).replace("{already}", number(answer.already)).replace("{refused}", number(answer.refused));

function attributes(content) {
  return facts(Object.entries(content).filter(([, value]) => value !== "" && value !== null && value !== 0).map(([name, value]) => [name, String(value)]));
}

export async function letter(name) {
  const page = await load("/api/letters/" + encodeURIComponent(name));
  const parts = [make("p", {}, make("a", { href: "#letters" }, words.letters)), facts([
    [words.letter, make("code", {}, page.letter)], [words.state, words.letter_states[page.state]], [words.reason, page.reason + ", " + page.kind], [words.message, page.message], [words.at, moment(page.time)],
    [words.place, page.source_partition + " / " + page.source_offset], [words.size, number(page.bytes)],
    [words.enrolment, page.enrolment ? make("a", { href: "#enrolment/" + page.enrolment }, page.enrolment) : "-"]])];
  if (page.decision) parts.push(make("h2", {}, words.decided), facts([[words.by, page.decision.by], [words.at, moment(page.decision.at)], [words.because, page.decision.because]]));
  if (page.edit) parts.push(make("h2", {}, words.edited), facts([[words.by, page.edit.by], [words.at, moment(page.edit.at)], [words.because, page.edit.because]]));
  const content = (page.edit && page.edit.content) || page.content;
  if (content) parts.push(make("h2", {}, words.content), attributes(content));
  parts.push(table(words.headers, [[words.name, ([key]) => make("code", {}, key)], [words.value, ([, value]) => value, "long"]], Object.entries(page.headers)));
  if (page.state !== "open" || !may("operator")) return parts;
  const choice = { letters: [page.letter] };
  const buttons = [
    action({ label: words.replay, ask: () => foresee("/api/letters/replay", choice), path: "/api/letters/replay", body: { ...choice, really: true }, done: letterDone }),
    action({ label: words.discard, ask: () => foresee("/api/letters/discard", choice), path: "/api/letters/discard", body: { ...choice, really: true }, done: letterDone })];
  if (page.document) {
    const field = make("textarea", { id: "document", rows: "16", spellcheck: "false" });
    field.value = JSON.stringify(page.document, null, 2);
    buttons.unshift(action({ label: words.edit, ask: words.edit_help, path: "/api/letters/" + encodeURIComponent(page.letter) + "/edit", body: {},
      field: make("p", {}, make("label", { for: "document" }, words.content), field), read: () => ({ document: JSON.parse(field.value) }), done: () => words.edit_done }));
  }
  parts.push(make("h2", {}, words.actions), make("p", { class: "row" }, buttons));
  return parts;
}
