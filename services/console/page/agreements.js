// Agreements with their budget, and how many more people it is enough for.
import { number, paged, rupiah, words } from "./elements.js";

// How many more the budget lets in, at the price that those within cost on the average.
function enough(budget) {
  const left = budget.pagu - budget.committed - budget.reserved - budget.delegated;
  return budget.accepted > 0 && budget.committed > 0 ? Math.floor(left / (budget.committed / budget.accepted)) : null;
}

export const agreements = (mark) => paged("agreements", mark, words.agreements, [
  [words.agreement, (row) => row.agreement_id], [words.name, (row) => row.name, "long"], [words.payer, (row) => row.payer_name, "long"], [words.period, (row) => row.period_from + " - " + row.period_to],
  [words.pagu, (row) => rupiah(row.pagu), "number"], [words.bound, (row) => rupiah(row.committed + row.reserved + row.delegated), "number"],
  [words.left, (row) => rupiah(row.pagu - row.committed - row.reserved - row.delegated), "number"], [words.left_for, (row) => number(enough(row)) + " " + words.people, "number"],
  [words.accepted, (row) => number(row.accepted), "number"], [words.waiting, (row) => number(row.waitlisted), "number"], [words.receivable, (row) => rupiah(row.receivable), "number"],
  [words.credit, (row) => rupiah(row.credit), "number"]]);
