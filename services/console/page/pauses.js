// Services and lanes that can be told to take no new records.
import { action } from "./act.js";
import { may } from "./access.js";
import { load, make, moment, table, words } from "./elements.js";

export async function pauses() {
  const page = await load("/api/pauses");
  const paused = new Map(page.rows.map((row) => [row.target, row]));
  const act = (target) => {
    const is = paused.has(target);
    return action({ label: is ? words.resume : words.pause, about: words.targets[target], ask: words.targets[target] + ". " + (is ? words.resume_help : words.pause_help), path: "/api/pauses", body: { target, paused: !is } });
  };
  return table(words.pauses, [[words.service, (target) => words.targets[target]], [words.state, (target) => (paused.has(target) ? make("span", { class: "bad" }, words.paused) : words.runs)],
    [words.since, (target) => moment(paused.get(target)?.since)], [words.by, (target) => paused.get(target)?.actor || "-"], [words.because, (target) => paused.get(target)?.reason || "-", "long"],
    ...(may("operator") ? [[words.actions, act]] : [])], page.targets);
}
