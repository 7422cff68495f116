// Who an application is about. It is hidden until an operator says why he needs it, that stands in the audit trail, and it is hidden again after a minute.
import { action, tell } from "./act.js";
import { may } from "./access.js";
import { facts, make, words } from "./elements.js";

const SHOWN_MS = 60000;

export function person(id) {
  const place = make("div", { id: "person" }, make("p", {}, words.hidden));
  const show = (answer) => {
    place.replaceChildren(facts([[words.name, answer.name || "-"], ["NIK", answer.nik || "-"], [words.phone, answer.phone || "-"], [words.address, answer.address || "-"]]));
    tell(words.person_shown);
    setTimeout(() => place.replaceChildren(make("p", {}, words.hidden)), SHOWN_MS);
    return null;
  };
  const parts = [make("h2", {}, words.person), place];
  if (may("operator")) parts.push(make("p", {}, action({ label: words.show_person, ask: words.show_person_help, path: "/api/enrolments/" + id + "/person", body: {}, done: show })));
  return parts;
}
