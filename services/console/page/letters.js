// Dead letters: by reason, and one by one.
import { load, make, moment, number, table, words } from "./elements.js";

export async function letters() {
  const page = await load("/api/letters");
  return [
    table(words.groups, [[words.topic, (row) => row.topic], [words.reason, (row) => row.reason], [words.message, (row) => row.message, "long"], [words.count, (row) => number(row.open), "number"],
      [words.oldest, (row) => moment(row.oldest)], [words.newest, (row) => moment(row.newest)], [words.sample, (row) => make("code", {}, row.sample)]], page.groups.filter((row) => row.open > 0)),
    table(words.each, [[words.letter, (row) => make("code", {}, row.letter)], [words.reason, (row) => row.reason], [words.at, (row) => moment(row.time)], [words.size, (row) => number(row.bytes), "number"]], page.letters),
  ];
}
