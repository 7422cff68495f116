// A button that does something: it asks for the reason in a dialogue, does it, and says what came of it. Nothing is done without a reason, and each reason is in the audit trail.
import { explain, make, send, words } from "./elements.js";

let refreshPage = () => {};
export function whenDone(refresh) { refreshPage = refresh; }

// What was done, where a screen reader hears it, too; it outlives the page that is drawn anew.
export function tell(text) { document.getElementById("told").textContent = text; }

// wish: {label, about (which one, where several buttons say the same), ask (a sentence, or a function that fetches one), path, body, field (an element to be filled in besides), read(field) → members of the body, done(answer) → sentence or null to leave the page as it is}
export function action(wish) {
  const button = make("button", { type: "button", class: "act", "aria-label": wish.about ? wish.label + ": " + wish.about : null }, wish.label);
  button.addEventListener("click", () => ask(button, wish));
  return button;
}

async function ask(button, wish) {
  const because = make("input", { id: "because", name: "because", autocomplete: "off", maxlength: "200", required: "", "aria-describedby": "because-help" });
  const told = make("p", { role: "alert" });
  const question = make("p", { id: "question" }, words.loading);
  const yes = make("button", { type: "submit", class: "act" }, wish.label);
  const no = make("button", { type: "button" }, words.cancel);
  const form = make("form", { class: "form" }, question, wish.field || null,
    make("p", {}, make("label", { for: "because" }, words.because), because), make("p", { id: "because-help", class: "dim" }, words.because_help), told, make("p", { class: "row" }, yes, no));
  const dialog = make("dialog", { "aria-labelledby": "dialog-title" }, make("h2", { id: "dialog-title" }, wish.label), form);
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (button.isConnected) button.focus();
    else document.getElementById("main").focus();
  });
  no.addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    yes.disabled = true;
    told.textContent = "";
    try {
      await run(dialog, wish, because.value.trim(), told);
    } catch (error) {
      told.textContent = explain(error);
    }
    yes.disabled = false;
  });
  dialog.showModal();
  try {
    question.textContent = typeof wish.ask === "function" ? await wish.ask() : wish.ask;
  } catch (error) {
    question.textContent = explain(error);
  }
}

// A long order goes in pieces, as long as something is left and each piece does something.
async function run(dialog, wish, because, told) {
  let answer;
  let sum = 0;
  do {
    const body = { ...wish.body, ...(wish.read ? wish.read() : {}), because };
    answer = await send("POST", wish.path, body);
    sum += answer.done === true ? 1 : answer.done || 0;
    if (answer.left > 0) told.textContent = words.done_so_far + " " + sum;
  } while (answer.left > 0 && answer.done > 0);
  const sentence = wish.done ? wish.done(answer, sum) : words.done_now;
  dialog.close();
  if (sentence === null) return;
  tell(sentence);
  await refreshPage();
}
