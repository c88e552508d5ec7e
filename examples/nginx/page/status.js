// Shows /status.json, again every two seconds. What is there is changed in place, so that nothing flickers; every text
// of the service's goes in as text, never as markup.
"use strict";

const EVERY = 2000;

const WORDS = { // state -> what people read, and its colour
  queued: ["waiting", "none"], claimed: ["ordering", "run"], retry: ["to be tried again", "doubt"],
  ordered: ["running", "run"], done: ["done", "good"], nothing: ["nothing to do", "good"], failed: ["failed", "bad"],
  rejected: ["refused", "bad"], not_sent: ["not sent", "bad"], unknown: ["unknown", "doubt"], none: ["no run", "none"],
};
const wordOf = (state) => WORDS[state] || [String(state), "none"];

function element(tag, className, parent) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (parent) parent.append(node);
  return node;
}

function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function tint(node, base, colour) {
  const name = base + " is-" + colour;
  if (node.className !== name) node.className = name;
}

function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return s + " s";
  if (s < 3600) return Math.floor(s / 60) + " min " + (s < 600 ? (s % 60) + " s" : "");
  if (s < 86400) return Math.floor(s / 3600) + " h " + Math.floor((s % 3600) / 60) + " min";
  return Math.floor(s / 86400) + " d " + Math.floor((s % 86400) / 3600) + " h";
}

function clock(at, now) {
  const time = new Date(at * 1000);
  const today = now - at < 43200;
  return time.toLocaleString(undefined, today ? { timeStyle: "medium" } : { dateStyle: "medium", timeStyle: "short" });
}

function errorText(error) {
  if (!error) return "";
  const said = [error.code, error.message].filter(Boolean).join(": ");
  return [said, error.hint, error.advice].filter(Boolean)
    .map((text) => text[0].toUpperCase() + text.slice(1).replace(/\.$/, "")).join(". ");
}

function newCard(parent) {
  const card = { node: element("article", "", parent) };
  const head = element("div", "head", card.node);
  card.name = element("h3", "name", head);
  card.state = element("span", "state", head);
  card.to = element("p", "to", card.node);
  card.bar = element("div", "bar", card.node);
  card.bar.setAttribute("role", "progressbar");
  card.fill = element("div", "", card.bar);
  card.figures = element("div", "figures", card.node);
  card.percent = element("span", "percent", card.figures);
  card.count = element("span", "quiet", card.figures);
  card.said = element("p", "said", card.node);
  card.last = element("p", "said quiet", card.node);
  card.history = element("div", "history", card.node);
  card.foot = element("p", "foot", card.node);
  return card;
}

function countText(run) {
  if (run.total === undefined) return "";
  const failed = run.failed ? ", " + run.failed + " failed" : "";
  return run.done + " of " + run.total + (run.kind === "sync" ? " tasks" : " backups") + failed;
}

// What a run under way, or the last one, shows.
function drawRun(card, run, now) {
  const [word, colour] = wordOf(run.state);
  const percent = Math.round(Math.min(100, Math.max(0, run.percent || 0)));
  say(card.state, word);
  tint(card.state, "state", colour);
  tint(card.bar, "bar", colour);
  const width = percent + "%";
  if (card.fill.style.width !== width) card.fill.style.width = width;
  card.bar.setAttribute("aria-valuenow", percent);
  card.figures.hidden = run.total === undefined;
  say(card.percent, percent + " %");
  say(card.count, countText(run));
  const notes = [run.note, errorText(run.error), run.look_error && "the last look failed: " + errorText(run.look_error)];
  for (const failure of run.failures || []) {
    notes.push(failure.backup_id + ": " + (failure.reason || failure.code || "failed"));
  }
  if (run.state === "retry") notes.push("again in " + span(run.next_at - now));
  say(card.said, notes.filter(Boolean).join(" · "));
}

// Beside a run under way the last one is told whole; alone, its figures stand above already.
function lastText(last, isAlone, now) {
  if (!last) return "";
  const facts = isAlone ? ["ended"] : ["Last: " + wordOf(last.state)[0], countText(last)];
  if (last.seconds !== undefined) facts.push("after " + span(last.seconds));
  facts.push((isAlone ? "at " : "") + clock(last.at, now));
  const line = facts.filter(Boolean).join(isAlone ? " " : ", ") + ". " + errorText(last.error);
  return (line[0].toUpperCase() + line.slice(1)).trim();
}

function drawHistory(node, slots, interval, now) {
  while (node.children.length > slots.length) node.lastChild.remove();
  while (node.children.length < slots.length) element("i", "", node);
  slots.forEach((slot, i) => {
    const [word, colour] = wordOf(slot.state);
    tint(node.children[i], "", colour);
    const title = clock(slot.slot * interval, now) + ": " + word;
    if (node.children[i].title !== title) node.children[i].title = title;
  });
}

function drawVault(card, vault, now) {
  const last = vault.last;
  say(card.name, vault.name);
  say(card.to, "to " + vault.destination_region + ", every " + span(vault.interval));
  const settled = last ? Object.assign({ percent: 100 }, last, { error: undefined }) : { state: "none" };
  drawRun(card, vault.run || settled, now);
  say(card.last, lastText(last, !vault.run, now));
  drawHistory(card.history, vault.history || [], vault.interval, now);
  say(card.foot, vault.next_slot_at > now ? "next slot in " + span(vault.next_slot_at - now) : "");
}

function drawJob(card, job, now) {
  say(card.name, (job.kind === "sync" ? "Sync" : "Replication") + " of " + job.vault_id);
  say(card.to, "job " + job.id);
  drawRun(card, job, now);
  card.history.hidden = true;
  say(card.foot, job.ended_at ? "ended " + clock(job.ended_at, now) : "asked for " + clock(job.created_at, now));
}

const cards = new Map();

// One card for each row, by key; those whose row is gone go too.
function drawAll(parent, rows, keyOf, draw, now) {
  const wanted = new Set();
  rows.forEach((row, i) => {
    const key = parent.id + "/" + keyOf(row);
    wanted.add(key);
    if (!cards.has(key)) cards.set(key, newCard(parent));
    const card = cards.get(key);
    if (parent.children[i] !== card.node) parent.insertBefore(card.node, parent.children[i] || null);
    draw(card, row, now);
  });
  for (const [key, card] of cards) {
    if (key.startsWith(parent.id + "/") && !wanted.has(key)) {
      card.node.remove();
      cards.delete(key);
    }
  }
}

function trouble(text) {
  const node = document.getElementById("trouble");
  say(node, text);
  node.hidden = !text;
}

function draw(status) {
  const now = status.now;
  say(document.getElementById("where"), "host " + status.host + (status.at ? ", seen " + clock(status.at, now) : ""));
  const seen = status.at && !status.ordering ? " What is below was seen at " + clock(status.at, now) + "." : "";
  trouble(status.ordering ? "" : "Nothing is ordered: " + status.redis.reason + "." + seen);
  drawAll(document.getElementById("vaults"), status.vaults, (vault) => vault.name, drawVault, now);
  const jobs = status.jobs.concat(status.recent);
  document.getElementById("jobs").hidden = jobs.length === 0;
  drawAll(document.getElementById("job-list"), jobs, (job) => job.id, drawJob, now);
}

async function refresh() {
  try {
    const answer = await fetch("/status.json", { cache: "no-store", signal: AbortSignal.timeout(10000) });
    if (!answer.ok) throw new Error("HTTP " + answer.status);
    draw(await answer.json());
  } catch (reason) {
    trouble("This page cannot be brought up to date: " + reason.message + ".");
  }
  setTimeout(refresh, EVERY);
}

refresh();
