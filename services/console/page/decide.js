// What can be decided about a list, by its state and by who is signed in.
import { action } from "./act.js";
import { may } from "./access.js";
import { make, words } from "./elements.js";

const CHECKING = 1, HELD = 2, BLOCKED = 3, RELEASED = 4;

export function decisions(row) {
  const act = (word, label, help) => action({ label, about: row.batch_id, ask: row.batch_id + ". " + help, path: "/api/batches/" + encodeURIComponent(row.batch_id) + "/" + word, body: {} });
  const acts = [];
  if (row.state === HELD && !row.needs_approval && may("operator")) acts.push(act("enrol", words.let_in, words.let_in_help));
  if (row.state === HELD && row.needs_approval && may("approver")) acts.push(act("approve", words.approve, words.approve_help));
  if ([CHECKING, HELD, BLOCKED].includes(row.state) && may("operator", "approver")) acts.push(act("cancel", words.call_off, words.call_off_help));
  if (row.state === RELEASED && row.decided >= row.row_count && may("approver")) acts.push(act("reverse", words.take_back, words.take_back_help));
  return acts.length > 0 ? make("span", { class: "row" }, acts) : "-";
}

// The column, for who may do anything at all.
export const decisionColumns = () => (may("operator", "approver") ? [[words.actions, decisions]] : []);
