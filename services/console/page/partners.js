// Partners, what they may do, and their webhooks.
import { deliveries } from "./deliveries.js";
import { load, table, words } from "./elements.js";

export async function partners() {
  const page = await load("/api/partners");
  return [table(words.partners, [
    [words.partner, (row) => row.partner], [words.roles, (row) => row.roles.join(", ")],
    [words.scope, (row) => [...row.agreements, ...row.regions].join(", ") || words.everything, "long"], [words.signs, (row) => (row.signs ? words.yes : words.no)],
    [words.certificate, (row) => (row.certificate ? words.yes : words.no)],
    [words.webhooks, (row) => row.webhooks.map((hook) => hook.host + ": " + hook.state + (hook.reason ? " (" + hook.reason + ")" : "")).join("; ") || "-", "long"]], page.rows), await deliveries()];
}
