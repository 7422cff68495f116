// The overview: five stages left to right, the numbers, lists under way, the tightest budgets.
import { charts } from "./charts.js";
import { clock, facts, make, number, rupiah, table, words } from "./elements.js";
import { lags, latest, rate, STAGES } from "./live.js";

function ending(batch) {
  const left = batch.row_count - batch.decided;
  const each = rate("batch " + batch.batch_id);
  return left > 0 && each > 0 ? clock(Date.now() + (left / each) * 1000) : "-";
}

function stageCard([word, group]) {
  const rows = lags.filter((row) => row.group === group);
  const lag = rows.reduce((sum, row) => sum + row.lag, 0);
  const oldest = rows.reduce((most, row) => Math.max(most, row.lag_seconds), 0);
  const speed = rate(group);
  const state = lag === 0 ? ["idle", "good"] : speed > 0 ? ["moves", "good"] : ["still", "bad"];
  return make("li", { class: "stage" }, make("h3", {}, words[word]), make("dl", {},
    make("dt", {}, words.rate), make("dd", {}, number(Math.round(speed)) + " " + words.per_second),
    make("dt", {}, words.lag), make("dd", {}, number(lag)),
    make("dt", {}, words.oldest), make("dd", {}, number(Math.round(oldest * 10) / 10) + " " + words.seconds)),
  make("p", { class: state[1] }, words[state[0]]));
}

function intakeCard() {
  const rows = lags.filter((row) => row.group === "payung-eligibility");
  return make("li", { class: "stage" }, make("h3", {}, words.ingestion), make("dl", {},
    make("dt", {}, words.rate), make("dd", {}, number(Math.round(rate("submitted"))) + " " + words.per_second),
    make("dt", {}, words.submitted), make("dd", {}, number(rows.reduce((sum, row) => sum + row.end, 0)))));
}

export function overview() {
  if (!latest) return [make("p", {}, words.loading)];
  return [
    make("h2", {}, words.stages), make("ol", { class: "stages" }, intakeCard(), STAGES.map(stageCard)), charts(),
    make("h2", {}, words.numbers), facts([
      [words.agreements_in_force, number(latest.agreements)], [words.decided, number(latest.decided)], [words.accepted, number(latest.accepted)], [words.waitlisted, number(latest.waitlisted)],
      [words.committed, rupiah(latest.committed)], [words.pending, number(latest.pending)], [words.outbox, number(latest.outbox)], [words.suspense, number(latest.suspense)],
      [words.webhooks_due, number(latest.webhooks_due)]]),
    table(words.open_batches, [
      [words.batch, (row) => make("a", { href: "#batch/" + row.batch_id }, make("code", {}, row.batch_id))], [words.agreement, (row) => row.agreement_id], [words.rows, (row) => number(row.row_count), "number"],
      [words.decided_rows, (row) => number(row.decided), "number"],
      [words.progress, (row) => make("progress", { max: row.row_count, value: row.decided, "aria-label": words.progress + " " + row.batch_id })],
      [words.ends_at, ending]], latest.batches),
    table(words.tight, [
      [words.agreement, (row) => row.agreement_id], [words.pagu, (row) => rupiah(row.pagu), "number"], [words.bound, (row) => rupiah(row.committed + row.reserved + row.delegated), "number"],
      [words.left, (row) => rupiah(row.pagu - row.committed - row.reserved - row.delegated), "number"], [words.waiting, (row) => number(row.waitlisted), "number"]], latest.tight),
  ];
}
