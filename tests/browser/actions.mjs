// Does every action of the console in Debian's Chromium by its dialogues: signs in by the keyboard alone, replays and discards dead letters, pauses and resumes, lets lists in, approves a proposal, shows a
// person, signs out. Each dialogue is judged by axe, in two languages and at two widths; what needs another role has no button. Prints one line a check and ends with 1 when one failed.
// usage: node actions.mjs '{"url","password","held","approved","proposal","enrolment"}' SCREENSHOT_FOLDER NODE_MODULES
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import path from "node:path";

const [text, folder, modules] = process.argv.slice(2);
const wish = JSON.parse(text);
const require = createRequire(path.join(modules, "x.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(path.join(modules, "axe-core/axe.min.js"), "utf8");
const WHY = "uji peramban";
let failures = 0;

function expect(good, title, seen) {
  if (!good) failures += 1;
  console.log(`${good ? "ok" : "FAILED"}: ${title}${good || seen === undefined ? "" : " [" + JSON.stringify(seen).slice(0, 1500) + "]"}`);
}

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });

async function open(width, language) {
  const context = await browser.newContext({ viewport: { width, height: 800 }, bypassCSP: true }); // axe is injected, which the policy would refuse: console.mjs checks the policy by itself
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  const troubles = [];
  page.on("console", (message) => { if (message.type() === "error" && !/status of 401|status of 409/.test(message.text())) troubles.push(message.text()); });
  page.on("pageerror", (error) => troubles.push(String(error.stack).slice(0, 300)));
  await page.addInitScript((next) => localStorage.setItem("language", next), language);
  await page.goto(`${wish.url}/`);
  await page.waitForFunction((wanted) => document.documentElement.lang === wanted, language);
  return { context, page, troubles };
}

async function go(page, name) {
  await page.goto(`${wish.url}/#${name}`);
  await page.waitForFunction(() => document.querySelector("#content h2, #content form, #content p:not(:empty), #content dl"), null);
  await page.waitForTimeout(200);
}

async function judge(page, title) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  expect(violations.length === 0, `axe finds nothing: ${title}`, violations.map((one) => [one.id, one.nodes.map((node) => node.html.slice(0, 160))]));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide <= 0, `the page itself does not scroll sideways: ${title}`, wide);
}

async function signIn(page, name) {
  await go(page, "access");
  await page.fill("#operator", "");
  await page.keyboard.type(name);
  await page.keyboard.press("Tab");
  await page.keyboard.type(wish.password);
  await page.keyboard.press("Enter");
  await page.waitForFunction((who) => [...document.querySelectorAll("#pages a")].some((link) => link.textContent === who), name);
}

// Presses a button of the page and does what its dialogue asks for, by the keyboard; the sentence that is told then.
async function act(page, button, { judged, because = WHY } = {}) {
  await button.focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog[open] #because");
  await page.waitForFunction(() => !/\.\.\.$/.test(document.getElementById("question").textContent));
  if (judged) await judge(page, judged);
  await page.focus("#because");
  await page.keyboard.type(because);
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog", { state: "detached" });
  await page.waitForFunction(() => document.getElementById("told").textContent !== "");
  await page.waitForTimeout(200);
  return page.textContent("#told");
}

const names = (page) => page.$$eval("#content button", (buttons) => buttons.map((button) => button.textContent));

// ---- nobody, and a viewer: no buttons ----
{
  const { context, page } = await open(1440, "id");
  for (const who of [null, "cici"]) {
    if (who) await signIn(page, who);
    for (const name of ["letters", "topics", "batches", `proposals/${wish.proposal}`, "partners", `enrolment/${wish.enrolment}`]) {
      await go(page, name);
      const found = (await names(page)).filter((text) => text !== "Cari");
      expect(found.length === 0, `${who || "nobody"} has nothing to press on ${name.split("/")[0]}`, found);
    }
  }
  await context.close();
}

// ---- every dialogue in both languages at both widths: opened, judged and left again ----
const DIALOGUES = [["ani", "letters"], ["ani", "letters/priced:4"], ["ani", "topics"], ["ani", "batches"], ["ani", "partners"], ["ani", `enrolment/${wish.enrolment}`], ["budi", "batches"], ["budi", `proposals/${wish.proposal}`]];
for (const width of [360, 1440]) {
  for (const language of ["id", "en"]) {
    const { context, page, troubles } = await open(width, language);
    await go(page, "access");
    await judge(page, `signing in, ${language}, ${width} px`);
    let who = null;
    for (const [name, where] of DIALOGUES) {
      if (who !== name) {
        if (who) {
          await go(page, "access");
          await page.click("#sign-out");
          await page.waitForSelector("#operator");
        }
        await signIn(page, name);
        who = name;
      }
      await go(page, where);
      const title = `${where.split("/")[0]} of ${name}, ${language}, ${width} px`;
      await judge(page, title);
      const labels = await names(page);
      const firsts = labels.map((label, place) => [label, place]).filter(([label, place]) => labels.indexOf(label) === place && !["Cari", "Find"].includes(label));
      expect(firsts.length > 0, `there is something to do: ${title}`, labels);
      for (const [label, place] of firsts) {
        await page.locator("#content button").nth(place).click();
        await page.waitForSelector("dialog[open] #because");
        await page.waitForFunction(() => !/\.\.\.$/.test(document.getElementById("question").textContent));
        await judge(page, `the dialogue "${label}": ${title}`);
        await page.keyboard.press("Escape");
        await page.waitForSelector("dialog", { state: "detached" });
      }
    }
    expect(troubles.length === 0, `no error in the browser's console, ${language}, ${width} px`, troubles);
    await context.close();
  }
}

// ---- an operator, narrow, in English ----
{
  const { context, page, troubles } = await open(360, "en");
  await go(page, "access");
  await judge(page, "signing in, en, 360 px");
  await page.fill("#operator", "ani");
  await page.fill("#password", "salah-salah-salah");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("#content [role=alert]").textContent !== "");
  expect(/wrong/.test(await page.textContent("#content [role=alert]")), "a wrong password is told as such");
  await judge(page, "a wrong password, en, 360 px");
  await signIn(page, "ani");
  await go(page, "letters");
  await judge(page, "dead letters with buttons, en, 360 px");
  await page.screenshot({ path: `${folder}/letters-operator-360.png`, fullPage: true });
  await go(page, "letters/priced:4");
  await judge(page, "one dead letter, en, 360 px");
  const edit = page.locator("#content button", { hasText: "Edit" });
  await edit.click();
  await page.waitForSelector("dialog[open] #document");
  await judge(page, "the dialogue of an edit, en, 360 px");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
  expect((await page.evaluate(() => document.activeElement.textContent)) === "Edit", "a dialogue that is left gives the focus back");
  const discarded = await act(page, page.locator("#content button", { hasText: "Discard" }), { judged: "the dialogue of discarding, en, 360 px" });
  expect(/^1 letters done/.test(discarded), "one letter is discarded", discarded);
  expect((await page.locator("#content button").count()) === 0 && /discarded/.test(await page.textContent("#content dl")), "then there is nothing more to do with it");
  expect(troubles.length === 0, "no error in the browser's console", troubles);
  await context.close();
}

// ---- an operator, wide, in Bahasa Indonesia ----
{
  const { context, page, troubles } = await open(1440, "id");
  await signIn(page, "ani");
  await go(page, "letters");
  const replayed = await act(page, page.locator("#content button", { hasText: "Kirim ulang" }).first(), { judged: "the dialogue of a replay, id, 1440 px" });
  expect(/^3 surat ditangani/.test(replayed), "a reason is replayed", replayed);
  await go(page, "topics");
  await judge(page, "services with buttons, id, 1440 px");
  const row = page.locator("#content tr", { hasText: "Iuran" }).first();
  await act(page, row.locator("button"), { judged: "the dialogue of a pause, id, 1440 px" });
  expect(/dijeda/.test(await row.textContent()), "a service is paused", await row.textContent());
  await act(page, row.locator("button"));
  expect(/berjalan/.test(await row.textContent()), "and goes on", await row.textContent());
  await go(page, "batches");
  await judge(page, "lists with buttons, id, 1440 px");
  await act(page, page.locator("#content tr", { hasText: wish.held }).locator("button", { hasText: "Daftarkan" }));
  const state = await page.locator("#content tr", { hasText: wish.held }).textContent();
  expect(/dilepas/.test(state), "a list is let in", state);
  await go(page, `enrolment/${wish.enrolment}`);
  await judge(page, "one application with a button, id, 1440 px");
  await act(page, page.locator("#content button", { hasText: "Tampilkan" }), { because: "keluarga bertanya" });
  const shown = await page.textContent("#person");
  expect(/NIK\s*\d{16}/.test(shown), "a person is shown");
  await judge(page, "a person, id, 1440 px");
  await go(page, "audit");
  expect(/PERSON look/.test(await page.textContent("#content table")), "and the audit trail says so");
  expect(!/(^|[^0-9a-z])\d{16}([^0-9a-z]|$)/.test(await page.textContent("body")), "nothing of the person stays on another page");
  await go(page, "access");
  await judge(page, "who is signed in, id, 1440 px");
  await page.click("#sign-out");
  await page.waitForSelector("#operator");
  expect((await page.context().cookies()).length === 0, "signing out takes the cookie away");
  expect(troubles.length === 0, "no error in the browser's console", troubles);
  await context.close();
}

// ---- an approver ----
{
  const { context, page, troubles } = await open(1440, "id");
  await signIn(page, "budi");
  await go(page, "batches");
  await act(page, page.locator("#content tr", { hasText: wish.approved }).locator("button", { hasText: "Setujui" }), { judged: "the dialogue of an approval, id, 1440 px" });
  expect(/dilepas/.test(await page.locator("#content tr", { hasText: wish.approved }).textContent()), "a list is approved by the second person");
  await go(page, "proposals");
  await judge(page, "proposals, id, 1440 px");
  await go(page, `proposals/${wish.proposal}`);
  await judge(page, "one proposal, id, 1440 px");
  await act(page, page.locator("#content button", { hasText: "Setujui" }), { judged: "the dialogue of a proposal, id, 1440 px" });
  expect(/disetujui/.test(await page.textContent("#content dl")), "a proposal is approved");
  expect(troubles.length === 0, "no error in the browser's console", troubles);
  await context.close();
}
await browser.close();
process.exit(failures > 0 ? 1 : 0);
