// Membership cards: how many were asked for, printed and handed over, by agreement and by village.
import { load, make, number, table, words } from "./elements.js";

const COUNTS = [["requested", "card_requested"], ["printed", "card_printed"], ["handed_over", "card_handed_over"]];
const counts = () => COUNTS.map(([name, word]) => [words[word], (row) => number(row[name]), "number"]);
const unit = (value, digits) => String(value).padStart(digits, "0");

// 170804, 2001 -> 17.08.04.2001, as regions are written.
const place = ({ region, village }) => (region === 0 ? "-" : unit(region, 6).match(/../g).join(".") + (village > 0 ? "." + unit(village, 4) : ""));

async function villages(agreement, after) {
  const page = await load("/api/cards/" + encodeURIComponent(agreement) + (after ? "?after=" + encodeURIComponent(after) : ""));
  const way = "#cards/" + encodeURIComponent(agreement);
  return [
    make("p", {}, make("a", { href: "#cards" }, words.cards), " / ", page.agreement),
    table(words.by_village, [[words.village, place], ...counts()], page.rows),
    make("p", {}, after ? make("a", { href: way }, words.first) : null, " ", page.next ? make("a", { href: way + "/" + encodeURIComponent(page.next) }, words.more) : null)];
}

// An agreement, or an agreement and a mark; "+" and a mark turns the pages of agreements.
export function cards(argument) {
  const [first, ...rest] = argument.split("/");
  if (first && !first.startsWith("+")) return villages(first, rest.join("/"));
  return cardsByAgreement(first.slice(1));
}

async function cardsByAgreement(mark) {
  const page = await load("/api/cards" + (mark ? "?after=" + encodeURIComponent(mark) : ""));
  return [
    table(words.cards, [[words.agreement, (row) => make("a", { href: "#cards/" + encodeURIComponent(row.agreement) }, row.agreement)], [words.enrolled, (row) => number(row.enrolled), "number"], ...counts()], page.rows),
    make("p", {}, mark ? make("a", { href: "#cards" }, words.first) : null, " ", page.next ? make("a", { href: "#cards/+" + encodeURIComponent(page.next) }, words.more) : null)];
}
