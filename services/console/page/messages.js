// Records of a topic as they come, decoded as `payung tail --decode` does it. What is sealed stays sealed: of a person there are ids only.
import { language, make, moment, words } from "./elements.js";

const SHOWN_MAX = 100;
let leave = () => {}; // the topic that is followed: one at a time

function item(record) {
  const message = record.message;
  const who = message?.application?.application_id || message?.outcome?.application_id || message?.application_id || record.headers?.ce_subject || "";
  return make("li", {}, make("details", {},
    make("summary", {}, make("span", {}, moment(record.time)), " ", make("code", {}, record.partition + "@" + record.offset), " ", record.headers?.ce_type || "", " ", make("code", {}, who || record.key)),
    make("pre", { tabindex: "0" }, JSON.stringify(message ? { headers: record.headers, message } : { headers: record.headers, bytes: record.bytes }, null, 2))));
}

// TOPIC, or TOPIC/what is looked for.
export function messages(argument) {
  const [topic, ...rest] = argument.split("/");
  const find = rest.join("/");
  const field = make("input", { id: "find", name: "find", value: find, autocomplete: "off", spellcheck: "false", maxlength: "128", "aria-describedby": "find-help" });
  const form = make("form", {}, make("p", {}, make("label", { for: "find" }, words.only_with), " ", field, " ", make("button", { type: "submit" }, words.filter)), make("p", { id: "find-help" }, words.only_help));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    window.location.hash = "#messages/" + topic + (field.value.trim() ? "/" + encodeURIComponent(field.value.trim()) : "");
  });
  const state = make("p", { role: "status" }, words.loading);
  const list = make("ol", { class: "records", reversed: "", "aria-label": words.messages });
  const stop = make("button", { type: "button", "aria-pressed": "false" }, words.hold);
  const root = make("div", {}, make("p", {}, make("a", { href: "#topics" }, words.topics), " / ", make("code", {}, topic)), form, make("p", {}, stop), state, make("h2", {}, words.newest_first), list);
  const waiting = []; // while it is held
  let left = 0, count = 0, held = false;
  const tell = () => { state.textContent = words.seen_records + " " + count.toLocaleString(language === "id" ? "id-ID" : "en-GB") + (left > 0 ? "; " + words.left_out + " " + left : "") + (held ? "; " + words.held_back + " " + waiting.length : ""); };
  const put = (record) => {
    list.prepend(item(record));
    while (list.children.length > SHOWN_MAX && !list.lastElementChild.contains(document.activeElement)) list.lastElementChild.remove();
  };
  stop.addEventListener("click", () => {
    held = !held;
    stop.setAttribute("aria-pressed", String(held));
    if (!held) waiting.splice(0).forEach(put);
    tell();
  });
  leave();
  const source = new EventSource("/api/messages/" + encodeURIComponent(topic) + (find ? "?find=" + encodeURIComponent(find) : ""));
  leave = () => source.close();
  window.addEventListener("hashchange", () => source.close(), { once: true });
  source.addEventListener("open", tell);
  source.addEventListener("error", () => { state.textContent = source.readyState === EventSource.CLOSED ? words.cannot_watch : words.lost; });
  source.addEventListener("left_out", (event) => {
    left += Number(event.data);
    tell();
  });
  source.addEventListener("record", (event) => {
    count += 1;
    if (held) waiting.push(JSON.parse(event.data));
    else put(JSON.parse(event.data));
    if (waiting.length > SHOWN_MAX) waiting.shift();
    tell();
  });
  return [root];
}
