// Who is signed in, and the page where one signs in and out.
import { explain, facts, load, make, send, words } from "./elements.js";

export let session = { operator: null, roles: [], guests: true };
let changed = () => {};

export const may = (...roles) => roles.some((role) => session.roles.includes(role));

// whenChanged(): somebody came or went.
export async function lookWho(whenChanged) {
  if (whenChanged) changed = whenChanged;
  const before = session.operator;
  session = await load("/api/session");
  if (session.operator !== before) changed();
}

async function leave() {
  session = await send("DELETE", "/api/session");
  changed();
}

function signedIn() {
  const button = make("button", { type: "button", id: "sign-out" }, words.sign_out);
  button.addEventListener("click", leave);
  return [facts([[words.operator, session.operator], [words.roles, session.roles.map((role) => words.role_names[role]).join(", ")]]), make("p", {}, button)];
}

export async function access() {
  if (session.operator) return signedIn();
  const name = make("input", { id: "operator", name: "username", autocomplete: "username", spellcheck: "false", required: "" });
  const password = make("input", { id: "password", name: "password", type: "password", autocomplete: "current-password", required: "" });
  const told = make("p", { role: "alert" });
  const form = make("form", { class: "form" },
    make("p", {}, make("label", { for: "operator" }, words.operator), name), make("p", {}, make("label", { for: "password" }, words.password), password),
    make("p", {}, make("button", { type: "submit" }, words.sign_in)), told);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      session = await send("POST", "/api/session", { operator: name.value.trim(), password: password.value });
      changed();
      window.location.hash = "#overview";
    } catch (error) {
      told.textContent = explain(error);
      password.value = "";
      password.focus();
    }
  });
  return [make("p", {}, session.guests ? words.guests_look : words.guests_none), form];
}
