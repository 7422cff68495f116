// One list of people: the equation from its rows, refusals by code, when it ends, and what it does to the budget. It looks again by itself while something moves.
import { clock, facts, load, make, moment, number, rupiah, table, words } from "./elements.js";
import { note, rate } from "./live.js";

const AGAIN_MS = 2000;
const RELEASED = 4;

// What the ledger has counted by outcome, beside what its positions say. While intake still notes what it sent, the ledger may be ahead of the notes; behind them, or beyond the list, it can't be.
export function equation(list) {
  const { accepted, rejected, duplicates, waitlisted, pending, all } = list.counts;
  const isAhead = all > list.decided && list.submitted < list.rows && all <= list.rows;
  const undecided = list.rows - (isAhead ? all : list.decided);
  return { accepted, rejected, duplicates, waitlisted, pending, undecided, holds: accepted + rejected + duplicates + waitlisted + pending + undecided === list.rows };
}

// Rows a second: between two looks, or on the average since it was let in.
function speed(list) {
  const since = (new Date(list.now) - new Date(list.released_at || list.received_at)) / 1000;
  return rate("batch " + list.batch) || (since > 0 ? list.decided / since : 0);
}

function ending(list) {
  const left = list.rows - list.decided;
  if (list.state !== RELEASED) return words.states[list.state];
  if (left <= 0) return words.all_decided;
  return speed(list) > 0 ? words.list_ends + " " + clock(Date.now() + (left / speed(list)) * 1000) : "-";
}

const left = (budget) => budget.pagu - budget.committed - budget.reserved - budget.delegated;

// The row at which the money ends: the first one that had to wait; or, while all were let in, where it would end if the rest costs what the rest so far did.
export function moneyEnd({ row, rows, counted, committed, remains }) {
  if (row !== null && row !== undefined) return { row, sure: true };
  if (counted <= 0 || committed <= 0 || counted >= rows) return null;
  const guess = counted + Math.floor(remains / (committed / counted)) + 1;
  return guess <= rows ? { row: guess, sure: false } : null;
}

export const moneyEndText = (end) => (end === null ? words.money_lasts : (end.sure ? words.money_ends_at_row : words.money_ends_about_row) + " " + number(end.row));

function parts(list) {
  const e = equation(list);
  const counted = list.state === RELEASED || list.counts.all > 0;
  const terms = [[e.accepted, words.eq_accepted], [e.rejected, words.eq_rejected], [e.duplicates, words.eq_duplicates], [e.waitlisted, words.eq_waiting], [e.pending, words.eq_pending], [e.undecided, words.eq_undecided]];
  const line = make("p", { class: "equation" }, make("strong", {}, number(list.rows)), " " + words.eq_uploaded + " = " + terms.map(([count, word]) => number(count) + " " + word).join(" + "));
  const mark = e.holds ? make("p", { class: "good" }, words.eq_holds) : make("p", { class: "bad", role: "alert", id: "equation-broken" }, words.eq_broken);
  const trial = list.trial && list.trial.all > 0 ? facts([[words.trial_accepted, number(list.trial.accepted)], [words.trial_rejected, number(list.trial.rejected)], [words.eq_duplicates, number(list.trial.duplicates)],
    [words.trial_waiting, number(list.trial.waitlisted)], [words.trial_committed, rupiah(list.trial.committed)]]) : null;
  const isBefore = list.state <= 3;
  const end = moneyEnd({ row: list.money_ends_at_row, rows: list.rows, counted: list.counts.all, committed: list.counts.committed, remains: left(list.budget) });
  return [
    make("p", {}, make("a", { href: "#batches" }, words.batches), " / ", make("code", {}, list.batch)),
    make("h2", {}, words.equation), line, mark,
    make("p", {}, make("progress", { max: list.rows, value: list.decided, "aria-label": words.progress }), " " + number(list.decided) + " / " + number(list.rows) + ". ", ending(list)),
    trial ? make("h2", {}, words.trial) : null, trial,
    make("h2", {}, words.budget_effect), facts([
      [words.agreement, list.agreement], [words.pagu, rupiah(list.budget.pagu)], [words.bound_by_list, rupiah(list.counts.committed)], [words.left, rupiah(left(list.budget))],
      [words.left_after_trial, isBefore && trial ? rupiah(left(list.budget) - list.trial.committed) : null], [words.money_end, list.counts.all > 0 || list.money_ends_at_row !== null ? moneyEndText(end) : "-"],
    ].filter(([, value]) => value !== null)),
    make("h2", {}, words.numbers), facts([
      [words.state, words.states[list.state]], [words.submitted, number(list.submitted)], [words.decided_rows, number(list.decided)], [words.received, moment(list.received_at)], [words.released, moment(list.released_at)],
      [words.by, [list.sent_by, list.released_by, list.ended_by].filter(Boolean).join(", ") || "-"], [words.note, list.note || "-"], [words.amends, list.amends || "-"]]),
    counted ? table(words.by_code, [[words.code, (row) => row.code], [words.reason, (row) => row.reason, "long"], [words.rows, (row) => number(row.rows), "number"]], list.codes) : null,
  ].filter(Boolean);
}

export async function list(id) {
  const path = "/api/batches/" + encodeURIComponent(id);
  const look = async () => {
    const found = await load(path);
    if (found.state === RELEASED) note("batch " + found.batch, found.decided);
    return found;
  };
  let last;
  try {
    last = await look();
  } catch (error) {
    if (error.status === 404) return [make("p", { role: "alert" }, words.unknown_list)];
    throw error;
  }
  const root = make("div", {}, parts(last));
  const timer = setInterval(async () => {
    if (!root.isConnected) {
      clearInterval(timer);
      return;
    }
    try {
      const next = await look();
      const isNew = JSON.stringify({ ...next, now: "" }) !== JSON.stringify({ ...last, now: "" });
      last = next;
      if (isNew && !root.contains(document.activeElement)) root.replaceChildren(...parts(next));
    } catch {
      // the state of the connection is told below the page; it looks again
    }
  }, AGAIN_MS);
  return [root];
}
