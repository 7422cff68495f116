// Drives the console in Debian's Chromium: every page, both languages, two widths, judged by axe; the keyboard alone; live change; the policy. Prints one line a check and ends with 1 when one failed.
// usage: node console.mjs URL ENROLMENT SCREENSHOT_FOLDER NODE_MODULES LIST LIST_WHOSE_COUNTER_IS_WRONG AGREEMENT
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import path from "node:path";

const [url, enrolment, folder, modules, list, broken, agreement] = process.argv.slice(2);
const require = createRequire(path.join(modules, "x.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(path.join(modules, "axe-core/axe.min.js"), "utf8");
const PAGES = ["overview", "batches", `enrolment/${enrolment}`, "letters", "topics", "agreements", "partners", "audit",
  `batch/${list}`, "notifications", "notifications/failed", "cards", `cards/${agreement}`, "messages/payung.enrolment.decided.v1"];
console.log(`pages: ${PAGES.length}`);
const WIDTHS = [360, 1440];
const FIRST_LOAD_BYTES_MAX = 150 * 1024;
let failures = 0;

function expect(good, title, seen) {
  if (!good) failures += 1;
  console.log(`${good ? "ok" : "FAILED"}: ${title}${good || seen === undefined ? "" : " [" + JSON.stringify(seen).slice(0, 1500) + "]"}`);
}

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });

async function open(width) {
  // axe is injected into the page, which the policy of the page would refuse: the context leaves it out for that, and the policy is checked by itself
  const context = await browser.newContext({ viewport: { width, height: 800 }, bypassCSP: true });
  const page = await context.newPage();
  const troubles = [];
  page.on("console", (message) => { if (message.type() === "error") troubles.push(message.text()); });
  page.on("pageerror", (error) => troubles.push(String(error)));
  return { context, page, troubles };
}

async function go(page, name) {
  await page.goto(`${url}/#${name}`);
  await page.waitForFunction(() => document.querySelector("#content h2, #content form, #content p:not(:empty)") && !document.querySelector("#content [role=alert]"), null, { timeout: 10000 });
}

async function judge(page, title) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  expect(violations.length === 0, `axe finds nothing: ${title}`, violations.map((one) => [one.id, one.nodes.map((node) => node.html.slice(0, 160))]));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide <= 0, `the page itself does not scroll sideways: ${title}`, wide);
}

for (const width of WIDTHS) {
  const { context, page, troubles } = await open(width);
  for (const language of ["id", "en"]) {
    await go(page, "overview");
    if ((await page.getAttribute("html", "lang")) !== language) await page.click("#language");
    await page.waitForFunction((wanted) => document.documentElement.lang === wanted, language);
    for (const name of PAGES) {
      await go(page, name);
      await page.waitForTimeout(150);
      const title = name.split("/")[0];
      await judge(page, `${title}, ${language}, ${width} px`);
      if (language === "id" && ["overview", "letters", "batch"].includes(title)) await page.screenshot({ path: `${folder}/${title}-${width}.png`, fullPage: true });
    }
  }
  expect(troubles.length === 0, `no error in the browser's console at ${width} px`, troubles);
  await context.close();
}

// ---- the policy, and the bytes of the first load ----
{
  const context = await browser.newContext();
  const page = await context.newPage();
  const refused = [];
  const sizes = [];
  page.on("console", (message) => { if (/Content Security Policy/.test(message.text())) refused.push(message.text()); });
  page.on("response", (response) => { if (!/event-stream/.test(response.headers()["content-type"] || "")) sizes.push(response.body().then((body) => body.length, () => 0)); });
  const began = Date.now();
  await page.goto(`${url}/`);
  await page.waitForSelector(".stages");
  await page.waitForSelector(".charts canvas");
  const took = Date.now() - began;
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  expect(refused.length === 0, "nothing of the page is against its own policy", refused);
  expect(bytes > 10000 && bytes <= FIRST_LOAD_BYTES_MAX, `the first load takes at most 150 KiB (${bytes} bytes, ${took} ms)`, bytes);
  // ---- the keyboard alone ----
  await page.keyboard.press("Tab");
  expect((await page.evaluate(() => document.activeElement.id)) === "skip", "the first stop is the way to the content");
  await page.keyboard.press("Enter");
  expect((await page.evaluate(() => document.activeElement.id)) === "main", "which it leads to");
  await page.reload();
  await page.waitForSelector(".stages");
  for (let i = 0; i < 3; i++) await page.keyboard.press("Tab"); // past the way to the content and the page that is open
  const stop = await page.evaluate(() => document.activeElement.getAttribute("href"));
  await page.keyboard.press("Enter");
  const opened = await page.waitForFunction(() => location.hash === "#batches" && document.activeElement.id === "main", null, { timeout: 10000 }).then(() => true, () => false);
  expect(stop === "#batches" && opened, "a page is opened by keys, and has the focus", stop);
  await context.close();
}
// ---- the charts: both are drawn, a table says the same, and a page that is opened has a past ----
{
  const { context, page, troubles } = await open(1440);
  await go(page, "overview");
  await page.waitForSelector(".charts canvas");
  await page.waitForTimeout(1000);
  const drawn = await page.evaluate(() => [...document.querySelectorAll(".charts canvas")].map((canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value, i) => i % 4 === 3 && value > 0)));
  expect(drawn.length === 2 && drawn.every(Boolean), "two charts are drawn", drawn);
  const average = await page.evaluate(() => [...document.querySelectorAll(".charts tbody tr")].map((row) => row.children[3].textContent));
  expect(average.length === 5 && average.some((text) => !/^0(,0)?$/.test(text)), "the table has the highest rates of before the page was opened", average);
  const canvas = await page.$(".charts canvas");
  await page.waitForTimeout(3000);
  expect(await canvas.evaluate((element) => element.isConnected), "what is drawn stays while the page is fresh");
  expect(troubles.length === 0, "without an error", troubles);
  await context.close();
}
// ---- a topic: its records come, can be opened, filtered and held ----
{
  const { context, page } = await open(360);
  await go(page, "messages/payung.enrolment.decided.v1");
  await page.waitForSelector(".records li");
  await page.waitForTimeout(1000); // all that the ring has
  await page.click(".records summary");
  const told = await page.textContent(".records pre");
  expect(/application_id/.test(told), "a record is opened and decoded", told);
  const wanted = JSON.parse(told).message.application_id;
  await page.fill("#find", wanted);
  await page.keyboard.press("Enter");
  const found = await page.waitForFunction((id) => location.hash.endsWith(id) && document.querySelector(".records li") && [...document.querySelectorAll(".records summary")].every((one) => one.textContent.includes(id)), wanted, { timeout: 10000 }).then(() => true, () => false);
  expect(found, "one application is found by its number");
  await judge(page, "messages that are filtered, id, 360 px");
  await context.close();
}
// ---- the arithmetic of one list ----
{
  const { context, page } = await open(360);
  await go(page, "overview");
  const told = await page.evaluate(async () => {
    const { equation, moneyEnd } = await import("/list.js");
    const counts = { accepted: 5, rejected: 2, duplicates: 1, waitlisted: 1, pending: 1, all: 10 };
    return [equation({ rows: 20, submitted: 20, decided: 10, counts }), equation({ rows: 20, submitted: 20, decided: 11, counts }), equation({ rows: 20, submitted: 20, decided: 9, counts }),
      equation({ rows: 20, submitted: 12, decided: 9, counts }), equation({ rows: 9, submitted: 8, decided: 8, counts })].map((e) => [e.undecided, e.holds]).concat([
      moneyEnd({ row: 1984, rows: 3000, counted: 3000, committed: 1, remains: 0 }), moneyEnd({ row: null, rows: 3000, counted: 1000, committed: 201600 * 800, remains: 201600 * 787 }),
      moneyEnd({ row: null, rows: 1500, counted: 1000, committed: 201600 * 800, remains: 201600 * 787 }), moneyEnd({ row: null, rows: 3000, counted: 0, committed: 0, remains: 5 })]);
  });
  // a row too few or too many is seen; that the ledger is before intake's notes is none; rows beyond the list are
  expect(JSON.stringify(told) === JSON.stringify([[10, true], [9, false], [11, false], [10, true], [1, false], { row: 1984, sure: true }, { row: 1984, sure: false }, null, null]), "equations and the row at which the money ends", told);
  await context.close();
}
// ---- a list whose rows and numbers do not agree is told in red, and only that one ----
{
  const { context, page } = await open(1440);
  await go(page, `batch/${list}`);
  expect((await page.locator("#equation-broken").count()) === 0 && (await page.locator(".equation").count()) === 1, "an equation that holds bears no red mark");
  await page.goto(`${url}/#batch/${broken}`);
  const marked = await page.waitForSelector("#equation-broken.bad", { timeout: 10000 }).then(() => true, () => false);
  expect(marked, "an equation that does not hold is marked");
  await context.close();
}
await browser.close();
process.exit(failures > 0 ? 1 : 0);
