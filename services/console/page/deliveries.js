// Events that were given up, to be sent anew.
import { action } from "./act.js";
import { may } from "./access.js";
import { load, moment, number, table, words } from "./elements.js";

export async function deliveries() {
  const page = await load("/api/deliveries");
  const act = (row) => (row.endpoint === "active" ? action({ label: words.resend, about: String(row.delivery_no), ask: row.host + ", " + row.event_type + ". " + words.resend_help, path: "/api/deliveries/" + row.delivery_no + "/resend", body: {} }) : "-");
  return table(words.given_up, [[words.number, (row) => row.delivery_no, "number"], [words.partner, (row) => row.partner_id], [words.webhook, (row) => row.host], [words.event, (row) => row.event_type],
    [words.agreement, (row) => row.agreement_id || "-"], [words.tries, (row) => number(row.attempts), "number"], [words.last_status, (row) => row.last_status || "-"], [words.at, (row) => moment(row.last_attempt_at)],
    ...(may("operator") ? [[words.actions, act]] : [])], page.rows);
}
