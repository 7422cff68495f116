// Dead letters: by reason, and one by one.
import { action } from "./act.js";
import { may } from "./access.js";
import { load, make, moment, number, table, words } from "./elements.js";
import { foresee, letter, letterDone } from "./letter.js";

function groupActions(row) {
  const choice = { topic: row.topic, reason: row.reason };
  const act = (label, path) => action({ label, about: row.topic + " " + row.reason, ask: () => foresee(path, choice), path, body: { ...choice, really: true }, done: letterDone });
  return make("span", { class: "row" }, act(words.replay, "/api/letters/replay"), act(words.discard, "/api/letters/discard"));
}

export async function letters(name) {
  if (name) return letter(name);
  const page = await load("/api/letters");
  const link = (id) => make("a", { href: "#letters/" + id }, make("code", {}, id));
  return [
    table(words.groups, [[words.topic, (row) => row.topic], [words.reason, (row) => row.reason], [words.message, (row) => row.message, "long"], [words.count, (row) => number(row.open), "number"],
      [words.oldest, (row) => moment(row.oldest)], [words.newest, (row) => moment(row.newest)], [words.sample, (row) => link(row.sample)],
      ...(may("operator") ? [[words.actions, groupActions]] : [])], page.groups.filter((row) => row.open > 0)),
    table(words.each, [[words.letter, (row) => link(row.letter)], [words.reason, (row) => row.reason], [words.at, (row) => moment(row.time)], [words.size, (row) => number(row.bytes), "number"]], page.letters),
  ];
}
