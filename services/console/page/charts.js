// How fast the stages were and how far behind, over the last minutes: two charts (uPlot, loaded when the first one is shown) with a table that says the same in words. The past comes from the
// service once; then each look adds a point. Lines differ by their dashes as well as by their colours.
import { clock, language, load, make, number, words } from "./elements.js";

const POINTS_MAX = 300;
const HEIGHT = 220;
const LINES = [["ingestion", "submitted", []], ["eligibility", "payung-eligibility", [10, 4]], ["premium", "payung-premium", [3, 3]], ["ledger", "payung-ledger", [14, 4, 3, 4]], ["notification", "payung-notification", [6, 6]]];
const seen = { at: [], done: new Map(LINES.map(([, name]) => [name, []])), lag: new Map(LINES.map(([, name]) => [name, []])) };
let library = null; // a promise of uPlot
let shown = null; // what stands on the page: { language, root, parts }
let began = null; // a promise that the past is here
let isReady = false;
let ahead = 0; // seconds that the clock of the service is before ours

function loadLibrary() {
  library ??= new Promise((done, fail) => {
    document.head.append(make("link", { rel: "stylesheet", href: "/uplot.css" }));
    const script = make("script", { src: "/uplot.js" });
    script.addEventListener("load", () => done(window.uPlot));
    script.addEventListener("error", () => fail(new Error("/uplot.js")));
    document.head.append(script);
  });
  return library;
}

function push(at, done, lag) {
  if (seen.at.length > 0 && at <= seen.at[seen.at.length - 1]) return;
  seen.at.push(at);
  for (const [, name] of LINES) {
    seen.done.get(name).push(done(name));
    seen.lag.get(name).push(lag(name));
  }
  if (seen.at.length <= POINTS_MAX) return;
  seen.at.shift();
  for (const [, name] of LINES) {
    seen.done.get(name).shift();
    seen.lag.get(name).shift();
  }
}

async function past() {
  const history = await load("/api/history");
  const stages = new Map(history.stages.map((stage) => [stage.group, stage]));
  history.at.forEach((at, i) => push(at / 1000, (name) => (name === "submitted" ? history.submitted[i] : stages.get(name).done[i]), (name) => (name === "submitted" ? 0 : stages.get(name).lag[i])));
  if (seen.at.length > 0) ahead = Math.max(0, seen.at[seen.at.length - 1] - Date.now() / 1000);
}

// Each look at the lag adds a point (live.js).
export function addLook(rows) {
  if (!isReady) return; // the service remembers
  const of = (group) => rows.filter((row) => row.group === group);
  const sum = (list, member) => list.reduce((total, row) => total + (row[member] || 0), 0);
  push(Date.now() / 1000 + ahead, (name) => (name === "submitted" ? sum(of("payung-eligibility"), "end") : sum(of(name), "committed")), (name) => (name === "submitted" ? 0 : sum(of(name), "lag")));
  draw();
}

const rateOf = (name) => seen.at.map((at, i) => (i === 0 ? null : Math.max(0, (seen.done.get(name)[i] - seen.done.get(name)[i - 1]) / (at - seen.at[i - 1]))));

function figures() {
  const last = (list) => (list.length > 0 ? list[list.length - 1] : 0) || 0;
  const body = LINES.map(([word, name], i) => {
    const rates = rateOf(name);
    const average = seen.at.length > 1 ? (last(seen.done.get(name)) - seen.done.get(name)[0]) / (last(seen.at) - seen.at[0]) : 0;
    return make("tr", {}, make("th", { scope: "row" }, make("span", { class: "key key" + i, "aria-hidden": "true" }), words[word]),
      ...[last(rates), average, Math.max(0, ...rates)].map((value) => make("td", { class: "number" }, number(Math.round(value * 10) / 10))),
      ...(name === "submitted" ? ["-", "-"] : [number(last(seen.lag.get(name))), number(Math.max(0, ...seen.lag.get(name)))]).map((value) => make("td", { class: "number" }, value)));
  });
  return make("table", {}, make("caption", {}, words.chart_table + " " + (seen.at.length > 0 ? clock(seen.at[0] * 1000) + " - " + clock(last(seen.at) * 1000) : "")),
    make("thead", {}, make("tr", {}, ...[words.stages, words.rate_now, words.rate_average, words.rate_most, words.lag_now, words.lag_most].map((title, i) => make("th", { scope: "col", class: i > 0 ? "number" : null }, title)))), make("tbody", {}, body));
}

function chartOf(uPlot, place, isRate) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const lines = isRate ? LINES : LINES.slice(1);
  const axis = { stroke: colour("--ink"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line") }, font: "12px system-ui, sans-serif" };
  return new uPlot({
    width: Math.max(200, place.clientWidth), height: HEIGHT, legend: { show: false }, cursor: { show: false }, scales: { x: { time: true }, y: { range: (chart, least, most) => [0, Math.max(1, most * 1.1)] } },
    axes: [{ ...axis, values: (chart, moments) => moments.map((at) => new Date(at * 1000).toLocaleTimeString(language === "id" ? "id-ID" : "en-GB")) }, { ...axis, size: 64, values: (chart, values) => values.map((value) => number(value)) }],
    series: [{}, ...lines.map(([word, , dash]) => ({ label: words[word], stroke: colour("--line" + LINES.findIndex((line) => line[0] === word)), width: 2, dash, points: { show: false } }))],
  }, dataOf(isRate), place);
}

const dataOf = (isRate) => [seen.at, ...(isRate ? LINES : LINES.slice(1)).map(([, name]) => (isRate ? rateOf(name) : seen.lag.get(name)))];

function draw() {
  if (!shown || !shown.root.isConnected) return;
  for (const part of shown.parts) {
    if (part.chart) part.chart.setData(dataOf(part.isRate));
    part.place.setAttribute("aria-label", part.title + ": " + words.chart_alternative);
  }
  shown.table.replaceChildren(figures());
}

function build() {
  const parts = [[true, words.chart_rate], [false, words.chart_lag]].map(([isRate, title]) => ({ isRate, title, chart: null, place: make("div", { class: "chart", role: "img", "aria-label": title + ": " + words.chart_alternative }) }));
  const area = make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": words.chart_table }, figures());
  const root = make("section", { class: "charts" }, make("h2", {}, words.charts), make("div", { class: "pair" }, parts.map((part) => make("div", {}, make("h3", {}, part.title), part.place))), area);
  shown = { language, root, parts, table: area };
  began ??= past().catch(() => {}).then(() => { isReady = true; }); // without a past it begins now
  Promise.all([loadLibrary(), began]).then(([uPlot]) => {
    const observer = new ResizeObserver(() => {
      for (const part of parts) {
        if (part.place.clientWidth === 0) continue;
        if (!part.chart) part.chart = chartOf(uPlot, part.place, part.isRate);
        else if (part.chart.width !== part.place.clientWidth) part.chart.setSize({ width: part.place.clientWidth, height: HEIGHT });
      }
      draw();
    });
    for (const part of parts) observer.observe(part.place);
  }, () => {}); // the table stays
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { shown = null; }, { once: true });
}

// The same element as long as the language stays, so that what is drawn is not drawn anew with each event.
export function charts() {
  if (!shown || shown.language !== language) build();
  return shown.root;
}
