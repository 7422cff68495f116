// What changes by itself: the stream of the overview, the look at the lag, and the rates that follow from two looks.
import { addLook } from "./charts.js";
import { load } from "./elements.js";

export const STAGES = [["eligibility", "payung-eligibility"], ["premium", "payung-premium"], ["ledger", "payung-ledger"], ["notification", "payung-notification"]];
export let latest = null; // the last overview
export let lags = [];
const LAG_EVERY_MS = 2000;
const seen = new Map(); // positions and when they were seen, for rates
const rates = new Map();

export function note(name, value) {
  const now = performance.now();
  const before = seen.get(name);
  if (before && now - before.at < 900) return;
  if (before && value >= before.value) rates.set(name, ((value - before.value) * 1000) / (now - before.at));
  seen.set(name, { value, at: now });
}

export const rate = (name) => rates.get(name) || 0;

async function lookAtLag(changed) {
  try {
    lags = (await load("/api/lag")).rows;
    addLook(lags);
    for (const [, group] of STAGES) note(group, lags.filter((row) => row.group === group).reduce((sum, row) => sum + (row.committed || 0), 0));
    note("submitted", lags.filter((row) => row.group === "payung-eligibility").reduce((sum, row) => sum + row.end, 0));
    changed();
  } catch (error) {
    lags = []; // told by the page of topics
  }
}

// changed(): something is new; told("connected" or "lost").
export async function follow(changed, told) {
  const events = new EventSource("/api/events");
  events.addEventListener("open", () => told("connected"));
  events.addEventListener("error", () => told("lost"));
  events.addEventListener("overview", (event) => {
    latest = JSON.parse(event.data);
    for (const batch of latest.batches) note("batch " + batch.batch_id, batch.decided);
    changed();
  });
  await lookAtLag(changed);
  setInterval(lookAtLag, LAG_EVERY_MS, changed);
}
