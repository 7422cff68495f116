// Are all persons told? What was promised beside what became of it, by agreement and channel; and who could not be told, without telephone numbers.
import { load, make, moment, number, table, words } from "./elements.js";

const STATES = ["queued", "sent", "delivered", "failed", "stale"];
const sum = (channels, state) => channels.reduce((total, channel) => total + channel[state], 0);

// Promised and without a message yet: the service has not come to it. Below zero it would be a message that nobody promised.
export const untold = (row) => row.promised - ["queued", "sent", "failed", "stale"].reduce((total, state) => total + sum(row.channels, state), 0);

const mark = (row) => (untold(row) >= 0 ? make("span", { class: "good" }, words.agrees) : make("span", { class: "bad" }, words.disagrees));

export async function notifications(argument) {
  const [what, ...rest] = argument.split("/");
  if (what === "failed") return failed(rest.join("/"));
  const page = await load("/api/notifications" + (argument ? "?after=" + encodeURIComponent(argument) : ""));
  const rows = page.rows.flatMap((row) => [row, ...row.channels.map((channel) => ({ ...channel, of: row.agreement }))]);
  const value = (row, state) => number(row.channels ? sum(row.channels, state) : row[state]);
  const columns = [
    [words.agreement, (row) => (row.of ? make("span", { class: "under" }, row.of) : row.agreement)], [words.channel, (row) => (row.channels ? words.every_channel : row.channel)],
    [words.promised, (row) => (row.channels ? number(row.promised) : ""), "number"], [words.untold, (row) => (row.channels ? number(untold(row)) : ""), "number"],
    ...STATES.map((state) => [words["message_" + state], (row) => value(row, state), "number"]), [words.books, (row) => (row.channels ? mark(row) : "")]];
  const total = page.total ? [table(words.total, columns, [{ ...page.total, agreement: words.total }, ...page.total.channels.map((channel) => ({ ...channel, of: words.total }))])] : [];
  return [
    make("p", {}, words.notifications_help, " ", make("a", { href: "#notifications/failed" }, words.failed_list)),
    ...total, table(words.by_agreement, columns, rows),
    make("p", {}, argument ? make("a", { href: "#notifications" }, words.first) : null, " ", page.next ? make("a", { href: "#notifications/" + encodeURIComponent(page.next) }, words.more) : null)];
}

async function failed(after) {
  const page = await load("/api/failed" + (after ? "?after=" + encodeURIComponent(after) : ""));
  return [
    make("p", {}, make("a", { href: "#notifications" }, words.notifications)),
    table(words.failed_list, [
      [words.enrolment, (row) => make("a", { href: "#enrolment/" + row.enrolment }, make("code", {}, row.enrolment))], [words.agreement, (row) => row.agreement], [words.template, (row) => row.template],
      [words.channel, (row) => row.channel], [words.reason, (row) => row.reason, "long"], [words.at, (row) => moment(row.at)]], page.rows),
    make("p", {}, after ? make("a", { href: "#notifications/failed" }, words.first) : null, " ", page.next ? make("a", { href: "#notifications/failed/" + encodeURIComponent(page.next) }, words.more) : null)];
}
