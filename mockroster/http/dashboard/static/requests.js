// The view Requests: the last requests of the journal, kept current by the stream.

import { setCurrent } from "./keys.js";
import { onKey } from "./main.js";
import { ask, byId, element, prefix, say, send } from "./page.js";
import { show as showDetail } from "./detail.js";
import { parse } from "./search.js";

const MOST = 1000; // entries kept, as many as the journal holds
const STEP = 100; // rows added at a time
const EVERY = 250; // milliseconds between two renderings

const entries = new Map(); // by key, oldest first; a gap is an entry too
let epoch = 0; // rises when the server no longer knows what it has sent: sequences may restart
let base = 0, newest = 0; // the last sequence before the journal was cleared, and the last one of all
let isEmpty = false; // the journal was empty when it was read, and nothing has come since
let arrived = 0; // requests that came since the page was opened
let limit = STEP, isFollowing = true, frozen = null, search = parse(""), openKey = null, returnTo = null;
const made = new Map(); // rows by key, with the entry that they show

const keyOf = (sequence) => `${epoch}:${sequence}`;
const isOwn = (entry) => !entry.gap && entry.epoch === epoch;

function take(entry) {
  const key = keyOf(entry.sequence);
  const known = entries.get(key);
  if (known && known.status != null && entry.status == null) return;
  if (entry.sequence > newest) {
    arrived += 1;
    if (isEmpty) base = entry.sequence - 1;
    isEmpty = false;
    newest = entry.sequence;
  }
  entries.set(key, { ...entry, key, epoch });
  trim();
}

function trim() {
  while (entries.size > MOST) entries.delete(entries.keys().next().value);
}

function mark(text) {
  const key = `gap ${epoch} ${newest}`;
  entries.set(key, { key, epoch, sequence: newest + 0.5, gap: text });
}

async function load() {
  const mine = epoch, before = newest;
  const { requests, dropped } = await send("GET", `${prefix}/__admin/requests`);
  if (mine !== epoch) return;
  // More may have been dropped by the time that the server counts them, so the highest estimate is the right one.
  base = Math.max(base, requests.length ? requests.at(-1).sequence - 1 - dropped : before);
  isEmpty = requests.length === 0 && newest === before;
  requests.reverse().forEach(take);
  const sorted = [...entries.values()].sort((a, b) => a.epoch - b.epoch || a.sequence - b.sequence);
  entries.clear();
  sorted.forEach((entry) => entries.set(entry.key, entry));
  trim();
  later();
}

document.addEventListener("sandbox", ({ detail: { kind, data } }) => {
  if (kind === "open") return reload();
  if (kind === "request") take(data);
  else if (kind === "gap" && data.missed === "events") {
    mark("The connection was lost, or the server was restarted: requests may be missing here.");
    epoch += 1;
    base = newest = 0;
    reload();
  } else if (kind === "gap" && data.missed === "requests") {
    mark("Requests came faster than the journal keeps them: some are missing here.");
    reload();
  } else return;
  later();
});

const reload = () => load().catch((error) => say(error.message, true));

// Rendering.

let timer = null;
function later() {
  timer ??= setTimeout(() => { timer = null; render(); }, EVERY);
}

function matching() {
  const all = frozen ?? [...entries.values()];
  return all.filter((entry) => entry.gap || search.matches(entries.get(entry.key) ?? entry)).reverse();
}

function render() {
  const rows = matching();
  const wanted = rows.slice(0, limit);
  const body = byId("rows");
  const keep = new Set(wanted.map((entry) => entry.key));
  for (const [key, { row }] of made) if (!keep.has(key)) { row.remove(); made.delete(key); }
  let place = body.firstChild;
  for (const entry of wanted) {
    const row = rowOf(entries.get(entry.key) ?? entry);
    if (row === place) place = place.nextSibling;
    else body.insertBefore(row, place);
  }
  const found = rows.filter((entry) => !entry.gap).length;
  byId("more").hidden = rows.length <= limit;
  byId("empty").hidden = found > 0;
  byId("empty").textContent = search.text ? "No request matches." : "No requests yet. They appear here as they arrive.";
  const total = Math.max(newest - base, 0);
  const held = [...entries.values()].filter(isOwn).length;
  const counted = `${total.toLocaleString("en")} request${total === 1 ? "" : "s"}`;
  byId("count").textContent = counted + (total > held ? `, the last ${held.toLocaleString("en")} kept` : "") + (search.text ? `, ${found.toLocaleString("en")} match` : "");
  byId("count").dataset.total = total;
  const news = frozen ? arrived - frozen.arrived : 0;
  byId("newer").hidden = !(news > 0);
  byId("newer").textContent = `${news.toLocaleString("en")} newer`;
}

function rowOf(entry) {
  const old = made.get(entry.key);
  if (old?.entry === entry) return old.row;
  const row = old?.row ?? element("tr");
  const cells = entry.gap ? [element("td", { colspan: 8, class: "gap" }, entry.gap)] : cellsOf(entry, row);
  if (old) update(row, cells);
  else row.append(...cells);
  made.set(entry.key, { row, entry });
  return row;
}

// The link keeps the focus while the rest of the row changes.
function update(row, cells) {
  const link = row.querySelector("[data-row]");
  cells.forEach((cell, index) => { if (!row.children[index].contains(link)) row.children[index].replaceWith(cell); });
}

function cellsOf(entry, row) {
  const status = entry.status ?? "…";
  row.className = entry.status == null ? "open" : `s${String(status)[0]}`;
  const address = `?${new URLSearchParams({ ...(search.text && { q: search.text }), request: entry.sequence })}`;
  const text = entry.path + (entry.query ? `?${entry.query}` : "");
  const link = element("a", { href: address, "data-row": true, click: (event) => { event.preventDefault(); openEntry(entry.key, link); } }, text);
  const ended = entry.outcome && entry.outcome !== "answered" ? ` ${entry.outcome}` : "";
  return [
    element("td", { class: "status" }, element("b", {}, String(status)), ended),
    element("td", {}, entry.method),
    element("th", { scope: "row", title: text }, link),
    element("td", { class: "number" }, entry.ms == null ? "" : entry.ms.toFixed(1)),
    element("td", { class: "number" }, entry.rows ?? ""),
    element("td", {}, entry.scenarios.join(", ")),
    element("td", {}, entry.client ?? ""),
    element("td", { class: "when" }, element("time", { datetime: entry.at }, entry.at.slice(11, 23))),
  ];
}

// Following and pausing.

function setFollowing(value) {
  isFollowing = value;
  byId("follow").setAttribute("aria-pressed", String(value));
  if (value) { frozen = null; limit = STEP; }
  else { frozen = [...entries.values()]; frozen.arrived = arrived; }
  later();
}

byId("follow").addEventListener("click", () => setFollowing(!isFollowing));
byId("newer").addEventListener("click", () => { setFollowing(true); byId("follow").focus(); });
byId("more").addEventListener("click", () => { if (isFollowing) setFollowing(false); limit += STEP; render(); });
byId("clear").addEventListener("click", async () => {
  if (!(await ask("Remove all requests from the journal of this sandbox?"))) return;
  try {
    await send("DELETE", `${prefix}/__admin/requests`);
  } catch (error) {
    return say(error.message, true);
  }
  entries.clear();
  closeEntry();
  epoch += 1;
  base = newest;
  setFollowing(true);
  reload();
});
document.addEventListener("moved", () => { if (isFollowing) setFollowing(false); });
onKey("f", () => setFollowing(!isFollowing));

// Search.

function setSearch(text) {
  search = parse(text);
  byId("unknown").hidden = !search.problem;
  byId("unknown").textContent = search.problem;
  limit = STEP;
  made.clear();
  byId("rows").replaceChildren();
  render();
}

const field = byId("find").elements.q;
field.addEventListener("input", () => {
  setSearch(field.value);
  history.replaceState(null, "", addressOf(openKey));
});
byId("find").addEventListener("submit", (event) => event.preventDefault());

function addressOf(key) {
  const values = new URLSearchParams();
  if (search.text) values.set("q", search.text);
  if (key) values.set("request", entries.get(key)?.sequence ?? key.split(":")[1]);
  return values.size ? `?${values}` : location.pathname;
}

// Details.

function openEntry(key, link, isNew = true) {
  const entry = entries.get(key);
  if (!entry) return;
  openKey = key;
  returnTo = link ?? made.get(key)?.row.querySelector("[data-row]");
  if (isFollowing) setFollowing(false);
  setCurrent(returnTo);
  showDetail(entry, closeEntry);
  byId("detail").closest(".split").classList.add("open");
  if (isNew) history.pushState(null, "", addressOf(key));
}

function closeEntry() {
  if (!openKey) return;
  openKey = null;
  byId("detail").hidden = true;
  byId("detail").replaceChildren();
  byId("detail").closest(".split").classList.remove("open");
  history.pushState(null, "", addressOf(null));
  if (returnTo?.isConnected) returnTo.focus();
}

function followAddress() {
  const values = new URLSearchParams(location.search);
  field.value = values.get("q") ?? "";
  setSearch(field.value);
  const sequence = values.get("request");
  if (!sequence) return openKey && closeEntry();
  const key = keyOf(sequence);
  if (entries.has(key)) return key !== openKey && openEntry(key, null, false);
  say(`Request ${sequence} is not among the last ones of the journal.`, true);
}

addEventListener("popstate", followAddress);
setSearch(new URLSearchParams(location.search).get("q") ?? "");
field.value = search.text;
load().then(followAddress).catch((error) => say(error.message, true));

// Counts are spoken now and then, not with each request.
setInterval(() => {
  const text = byId("count").textContent;
  if (document.activeElement === document.body && byId("spoken").textContent !== text) byId("spoken").textContent = text;
}, 10_000);
