// Shows /status.json and updates it every two seconds. Elements are changed in place, so that nothing flickers. Texts of
// the service are inserted as text, never as markup.
"use strict";

const UPDATE_INTERVAL = 2000; // milliseconds between two updates

// For each state of a record: the name and the colour of the state on the page.
const STATES = {
  queued: ["waiting", "none"], claimed: ["ordering", "run"], retry: ["will be retried", "doubt"],
  in_progress: ["in progress", "run"], done: ["done", "good"], nothing: ["nothing to do", "good"],
  failed: ["failed", "bad"], rejected: ["rejected", "bad"], not_sent: ["not sent", "bad"], unknown: ["unknown", "doubt"],
  none: ["no run", "none"],
};
const stateOf = (state) => STATES[state] || [String(state), "none"];

function element(tag, className, parent) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (parent) parent.append(node);
  return node;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function setColour(node, className, colour) {
  const name = className + " is-" + colour;
  if (node.className !== name) node.className = name;
}

function setWidth(node, percent) {
  const width = Math.min(100, Math.max(0, percent || 0)) + "%";
  if (node.style.width !== width) node.style.width = width;
}

function durationText(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return s + " s";
  if (s < 3600) return Math.floor(s / 60) + " min " + (s < 600 ? (s % 60) + " s" : "");
  if (s < 86400) return Math.floor(s / 3600) + " h " + Math.floor((s % 3600) / 60) + " min";
  return Math.floor(s / 86400) + " d " + Math.floor((s % 86400) / 3600) + " h";
}

function timeText(at, now) {
  const time = new Date(at * 1000);
  const isRecent = Math.abs(now - at) < 43200;
  return time.toLocaleString(undefined, isRecent ? { timeStyle: "medium" } : { dateStyle: "medium", timeStyle: "short" });
}

function sentence(text) {
  return text[0].toUpperCase() + text.slice(1).replace(/\.$/, "") + ".";
}

function errorText(error) {
  if (!error) return "";
  const message = [error.code, error.message].filter(Boolean).join(": ");
  return [message, error.hint, error.advice].filter(Boolean).map(sentence).join(" ");
}

function newCard(parent) {
  const card = { node: element("article", "", parent) };
  const head = element("div", "head", card.node);
  card.name = element("h3", "name", head);
  card.state = element("span", "state", head);
  card.about = element("p", "about", card.node);
  card.bar = element("div", "bar", card.node);
  card.bar.setAttribute("role", "progressbar");
  card.bar.setAttribute("aria-label", "Progress");
  card.done = element("div", "", card.bar);
  card.failed = element("div", "is-bad", card.bar);
  card.figures = element("div", "figures", card.node);
  card.percent = element("span", "percent", card.figures);
  card.count = element("span", "quiet", card.figures);
  card.notes = element("p", "notes", card.node);
  card.copies = element("p", "notes", card.node);
  card.last = element("p", "notes quiet", card.node);
  card.history = element("div", "history", card.node);
  card.history.setAttribute("role", "img");
  card.legend = element("p", "foot", card.node);
  card.foot = element("p", "foot", card.node);
  return card;
}

const unitOf = (run) => (run.kind === "sync" ? "task" : "backup") + (run.total === 1 ? "" : "s");

// The text for a run that has ended: what became of its backups.
function resultText(run) {
  if (!run.total) return "";
  const parts = [[run.succeeded, "succeeded"], [run.skipped, "skipped"], [run.failed, "failed"]];
  const counts = parts.filter(([count]) => count).map(([count, word]) => count + " " + word);
  return run.total + " " + unitOf(run) + (counts.length ? ": " + counts.join(", ") : "");
}

function progressText(run) {
  if (run.total === undefined) return "";
  return run.done + " of " + run.total + " " + unitOf(run) + (run.failed ? ", " + run.failed + " failed" : "");
}

const FAILURES = { unread: "could not be read", unknown: "may or may not be in progress" };

const quoted = (name) => "\u201c" + name + "\u201d";

// The text for a failed backup: its name and id, and the reason.
function failureText(failure) {
  const { backup_id: id, backup_name: name, resource, region } = failure;
  let subject = failure.status === "unread" ? "The vault" : "The task";
  const backup = name ? quoted(name) + " (" + id + ")" : id;
  if (id) subject = "Backup " + backup + (resource ? " of " + quoted(resource) : "");
  else if (resource) subject = "Resource " + quoted(resource);
  const failed = id ? "was not copied" + (region ? " to " + region : "") : "failed";
  const reason = [failure.code, failure.reason].filter(Boolean).join(": ");
  return sentence(subject + " " + (FAILURES[failure.status] || failed) + (reason ? ": " + reason : ""));
}

// The texts for what went wrong in a run: the failed backups, or else the run's error, which only counts failures.
function problemTexts(run) {
  const failures = (run.failures || []).map(failureText);
  return failures.length ? failures : [errorText(run.error)];
}

const hasEnded = (run) => ["done", "failed", "nothing", "rejected", "not_sent", "unknown"].includes(run.state);

// Draws the current run, or the last run if no run is in progress.
function drawRun(card, run, now) {
  const [word, colour] = stateOf(run.state);
  const ended = hasEnded(run);
  setText(card.state, word);
  setColour(card.state, "state", colour);
  const failedShare = run.total ? 100 * (run.failed || 0) / run.total : 0;
  const percent = run.state === "nothing" ? 100 : Math.round(run.percent || 0);
  setColour(card.done, "", ended ? "good" : "run");
  setWidth(card.done, percent - failedShare);
  setWidth(card.failed, failedShare);
  card.bar.setAttribute("aria-valuenow", percent);
  card.figures.hidden = !run.total;
  card.percent.hidden = ended;
  setText(card.percent, percent + " %");
  setText(card.count, ended ? resultText(run) : progressText(run));
  const notes = [run.note && sentence(run.note), ...problemTexts(run)];
  if (run.poll_error) notes.push("The last poll failed: " + errorText(run.poll_error));
  if (run.state === "retry") notes.push("Retried in " + durationText(run.next_at - now) + ".");
  setText(card.notes, notes.filter(Boolean).join(" "));
}

// The text about the last run. If the card shows this run itself, the text says only when the run ended.
function lastText(last, isShown, now) {
  if (!last) return "";
  const duration = last.seconds === undefined ? "" : " after " + durationText(last.seconds);
  if (isShown) return "Ended" + duration + " at " + timeText(last.at, now) + ".";
  const texts = ["Last run: " + stateOf(last.state)[0] + duration + " at " + timeText(last.at, now) + "."];
  if (last.total) texts.push(resultText(last) + ".");
  return texts.concat(problemTexts(last)).filter(Boolean).join(" ");
}

// Draws a strip with a bar for each slot. A text says the same, for people who cannot see the colours.
function drawHistory(card, vault, now) {
  const slots = vault.history || [];
  const node = card.history;
  while (node.children.length > slots.length) node.lastChild.remove();
  while (node.children.length < slots.length) element("i", "", node);
  const counts = new Map();
  slots.forEach((slot, i) => {
    const [word, colour] = stateOf(slot.state);
    const counted = slot.state === "none" ? "without a run" : word;
    counts.set(counted, (counts.get(counted) || 0) + 1);
    setColour(node.children[i], "", colour);
    const title = timeText(slot.slot * vault.interval, now) + ": " + word;
    if (node.children[i].title !== title) node.children[i].title = title;
  });
  const summary = [...counts].map(([word, count]) => count + " " + word).join(", ");
  setText(card.legend, slots.length ? "Last " + slots.length + " slots: " + summary + "." : "");
  node.setAttribute("aria-label", card.legend.textContent);
}

const words = (text) => String(text || "").replace(/_/g, " ");

// The text for what dr.copies says about a vault: how old its copies are, and which resources lack a recent copy.
function copiesText(copies, at, now) {
  const age = copies.newest_replica_age === undefined ? undefined : copies.newest_replica_age + Math.max(0, now - at);
  const parts = [age === undefined ? "No copy." : "Newest copies: at most " + durationText(age) + " old"
    + (copies.rpo ? ", limit " + durationText(copies.rpo) : "")
    + (copies.lag === undefined ? "." : ", lag at most " + durationText(copies.lag) + ".")];
  for (const problem of copies.problems || []) {
    parts.push((problem.resource ? problem.resource + ": " : "") + words(problem.verdict)
      + (problem.message ? ", " + sentence(problem.message) : problem.reason ? ", " + words(problem.reason) + "." : "."));
  }
  return parts.join(" ");
}

function drawCopies(card, vault, now) {
  const copies = vault.copies;
  setText(card.copies, copies ? copiesText(copies, vault.copies_at, now) : "");
  setColour(card.copies, "notes", !copies ? "none" : copies.is_green ? "good" : "bad");
}

function drawVault(card, vault, now) {
  const last = vault.last;
  setText(card.name, vault.name);
  const regions = (vault.destinations || []).map((destination) => destination.region).join(", ");
  setText(card.about, "to " + regions + ", every " + durationText(vault.interval));
  drawRun(card, vault.run || (last ? Object.assign({ percent: last.total ? 100 : 0 }, last) : { state: "none" }), now);
  drawCopies(card, vault, now);
  setText(card.last, lastText(last, !vault.run, now));
  drawHistory(card, vault, now);
  setText(card.foot, vault.next_slot_at > now ? "Next slot in " + durationText(vault.next_slot_at - now) + "." : "");
}

function drawJob(card, job, now) {
  setText(card.name, (job.kind === "sync" ? "Sync" : "Replication") + (job.vault_name ? " of " + job.vault_name : ""));
  setText(card.about, "vault " + job.vault_id + ", job " + job.id);
  drawRun(card, job, now);
  card.history.hidden = true;
  setText(card.foot, job.ended_at ? "Ended at " + timeText(job.ended_at, now) + "."
    : "Requested at " + timeText(job.created_at, now) + ".");
}

const cards = new Map();

// Draws a card for each row, and removes the cards of rows that no longer exist. `keyOf(row)` identifies a row.
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

function showTrouble(text) {
  const node = document.getElementById("trouble");
  setText(node, text);
  node.hidden = !text;
}

function draw(status) {
  const now = status.now;
  const at = status.at ? timeText(status.at, now) : "";
  setText(document.getElementById("where"), "host " + status.host + (at ? ", updated " + at : ""));
  showTrouble(status.ordering ? "" : "Nothing is ordered: " + status.redis.reason + "."
    + (at ? " The state below is that of " + at + "." : ""));
  drawAll(document.getElementById("vaults"), status.vaults, (vault) => vault.name, drawVault, now);
  const jobs = status.jobs.concat(status.recent);
  document.getElementById("jobs").hidden = jobs.length === 0;
  drawAll(document.getElementById("job-list"), jobs, (job) => job.id, drawJob, now);
}

async function update() {
  try {
    const response = await fetch("/status.json", { cache: "no-store", signal: AbortSignal.timeout(10000) });
    if (!response.ok) throw new Error("HTTP " + response.status);
    draw(await response.json());
  } catch (reason) {
    showTrouble("This page could not be updated: " + reason.message + ".");
  }
  setTimeout(update, UPDATE_INTERVAL);
}

update();
