// Agreements with their budget, and how many more people it is enough for.
import { make, number, paged, rupiah, words } from "./elements.js";
import { moneyEnd, moneyEndText } from "./list.js";

// How many more the budget lets in, at the price that those within cost on the average.
function enough(budget) {
  const left = budget.pagu - budget.committed - budget.reserved - budget.delegated;
  return budget.accepted > 0 && budget.committed > 0 ? Math.floor(left / (budget.committed / budget.accepted)) : null;
}

// Where its newest list meets the end of the money.
function listEnd(row) {
  if (!row.list) return "-";
  const end = moneyEnd({ row: row.money_ends_at_row, rows: row.list_rows, counted: row.list_counted, committed: row.list_committed, remains: row.pagu - row.committed - row.reserved - row.delegated });
  const isKnown = end !== null || (row.list_state === 4 ? row.list_counted > 0 : row.list_state !== 1); // not before something was decided, or by a dry run
  return make("span", {}, (isKnown ? moneyEndText(end) : "-") + " ", make("a", { href: "#batch/" + row.list }, words.of_list));
}

export const agreements = (mark) => paged("agreements", mark, words.agreements, [
  [words.agreement, (row) => row.agreement_id], [words.name, (row) => row.name, "long"], [words.payer, (row) => row.payer_name, "long"], [words.period, (row) => row.period_from + " - " + row.period_to],
  [words.pagu, (row) => rupiah(row.pagu), "number"], [words.bound, (row) => rupiah(row.committed + row.reserved + row.delegated), "number"],
  [words.left, (row) => rupiah(row.pagu - row.committed - row.reserved - row.delegated), "number"], [words.left_for, (row) => number(enough(row)) + " " + words.people, "number"],
  [words.newest_list, listEnd, "long"], [words.accepted, (row) => number(row.accepted), "number"], [words.waiting, (row) => number(row.waitlisted), "number"], [words.receivable, (row) => rupiah(row.receivable), "number"],
  [words.credit, (row) => rupiah(row.credit), "number"]]);
