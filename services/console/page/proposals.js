// Proposals of agreements that wait for a second person.
import { action } from "./act.js";
import { may } from "./access.js";
import { facts, load, make, moment, paged, table, words } from "./elements.js";

async function proposal(id) {
  const page = await load("/api/proposals/" + encodeURIComponent(id));
  const parts = [facts([[words.proposal, make("code", {}, page.proposal_id)], [words.agreement, page.agreement], [words.state, words.proposal_states[page.state]], [words.by, page.made_by], [words.at, moment(page.made_at)],
    [words.checked_by, page.checked_by || "-"], [words.note, page.note || "-"], [words.difference, page.difference || "-"]])];
  if (page.problems.length > 0) parts.push(table(words.problems, [[words.name, (row) => row.member], [words.reason, (row) => row.problem, "long"], [words.remedy, (row) => row.remedy, "long"]], page.problems));
  if (page.warnings.length > 0) parts.push(make("h2", {}, words.warnings), make("ul", {}, page.warnings.map((text) => make("li", {}, text))));
  if (page.state === "submitted" && may("approver")) {
    const act = (label, word, ask) => action({ label, ask, path: "/api/proposals/" + encodeURIComponent(id) + "/" + word, body: {} });
    parts.push(make("h2", {}, words.actions), make("p", { class: "row" }, act(words.approve, "approve", words.approve_proposal_help), act(words.refuse, "refuse", words.refuse_proposal_help)));
  }
  parts.push(make("h2", {}, words.content), make("pre", { tabindex: "0", role: "region", "aria-label": words.content }, JSON.stringify(page.document, null, 2)));
  return parts;
}

export async function proposals(argument) {
  if (argument.startsWith("p") && argument.length === 33) return proposal(argument);
  return paged("proposals", argument, words.proposals, [
    [words.proposal, (row) => make("a", { href: "#proposals/" + row.proposal_id }, make("code", {}, row.proposal_id))], [words.agreement, (row) => row.agreement_id],
    [words.state, (row) => words.proposal_states[row.state]], [words.by, (row) => row.made_by], [words.at, (row) => moment(row.made_at)]]);
}
