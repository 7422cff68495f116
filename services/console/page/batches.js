// Lists of people: how far each is, and by whom.
import { decisionColumns } from "./decide.js";
import { make, moment, number, paged, words } from "./elements.js";

export const batches = (mark) => paged("batches", mark, words.batches, [
  [words.batch, (row) => make("a", { href: "#batch/" + row.batch_id }, make("code", {}, row.batch_id))], [words.agreement, (row) => row.agreement_id], [words.state, (row) => words.states[row.state]], [words.rows, (row) => number(row.row_count), "number"],
  [words.submitted, (row) => number(row.submitted_rows), "number"], [words.decided_rows, (row) => number(row.decided), "number"], [words.received, (row) => moment(row.received_at)],
  [words.by, (row) => [row.sent_by, row.released_by, row.ended_by].filter(Boolean).join(", ") || "-"], [words.note, (row) => row.note || "-", "long"],
  ...decisionColumns()]);
