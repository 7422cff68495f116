// Each partition of each group: what is done, what is there, how old the oldest is.
import { pauses } from "./pauses.js";
import { load, make, number, table, words } from "./elements.js";

export async function topics() {
  const page = await load("/api/lag");
  return [await pauses(), table(words.topics, [
    [words.group, (row) => row.group], [words.topic, (row) => make("a", { href: "#messages/" + row.topic }, row.topic)], [words.partition, (row) => row.partition, "number"],
    [words.done, (row) => (row.committed === null ? words.never : number(row.committed)), "number"], [words.end, (row) => number(row.end), "number"], [words.lag, (row) => number(row.lag), "number"],
    [words.oldest, (row) => number(Math.round(row.lag_seconds * 10) / 10) + " " + words.seconds, "number"]], page.rows)];
}
