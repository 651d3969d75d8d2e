// The details of one request.

import { byId, copy, element, prefix, quoted, root, say, send } from "./page.js";

const LEFT_OUT = new Set(["host", "user-agent", "accept-encoding", "connection", "content-length", "cookie", "origin", "referer", "accept-language"]);

const tell = (error) => say(error.message, true);

export function show(entry, close) {
  const heading = element("h2", { id: "detail-heading", tabindex: -1 }, `${entry.method} ${entry.path}`);
  const nearest = element("div"), judged = element("div");
  byId("detail").replaceChildren(
    element("p", { class: "close" },
      element("button", { type: "button", click: () => copy(curlOf(entry)) }, "Copy as curl"), " ",
      element("button", { type: "button", "data-close": true, click: close }, "Close")),
    heading,
    element("dl", { class: "facts" }, ...facts(entry).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, String(value))])),
    ...entry.notes.map((note) => element("p", { class: "problem" }, note)),
    nearest,
    element("p", {}, element("button", { type: "button", click: () => addVerdict(entry, judged).catch(tell) }, "What the verdict says of it")),
    judged,
    ...message("Request", entry.headers, entry.body),
    ...(entry.response ? message("Response", entry.response.headers, entry.response.body) : []),
    element("h3", {}, "As curl"),
    element("pre", { tabindex: 0, "aria-label": "As curl" }, curlOf(entry)),
  );
  byId("detail").hidden = false;
  heading.focus();
  if (entry.operation == null && entry.status >= 400) addNearest(entry, nearest).catch(tell);
}

function facts(entry) {
  const rows = [
    ["Status", entry.status == null ? "under way" : entry.status],
    ["Outcome", entry.outcome], ["Query", entry.query], ["Operation", entry.operation], ["Client", entry.client],
    ["Scenarios", entry.scenarios.join(", ")], ["Rows", entry.rows],
    ["Took", entry.ms == null ? null : `${entry.ms} ms`], ["At", entry.at], ["Sequence", entry.sequence],
  ];
  return rows.filter(([, value]) => value != null && value !== "");
}

function message(title, headers, body) {
  const rows = Object.entries(headers).map(([name, value]) => element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, value)));
  return [
    element("h3", {}, title),
    element("table", { class: "headers" }, element("tbody", {}, ...rows)),
    ...(body ? [element("pre", { tabindex: 0, "aria-label": `Body of the ${title.toLowerCase()}` }, indented(body))] : []),
  ];
}

function indented(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}

async function addNearest(entry, place) {
  const { requests } = await send("GET", `${prefix}/__admin/requests/unmatched?after=${entry.sequence - 1}&limit=1`);
  const found = requests.find((each) => each.sequence === entry.sequence);
  if (!found?.nearest.length) return;
  const rows = found.nearest.map((near) => element("li", {}, element("code", {}, `${near.method} ${near.path}`), ` ${near.operation}`));
  place.append(element("h3", {}, "Nothing serves this path; nearest operations"), element("ul", {}, ...rows));
}

async function addVerdict(entry, place) {
  const { rules } = await send("GET", `${prefix}/__admin/verdict`);
  const found = rules.flatMap((rule) => rule.findings.filter((each) => each.sequences.includes(entry.sequence)).map((each) => [rule, each]));
  const rows = found.map(([rule, each]) => element("li", {}, element("a", { href: `${prefix}/ui/verdict#${rule.id}` }, rule.id), ` (${rule.level}): ${each.sentence}`));
  place.replaceChildren(rows.length ? element("ul", {}, ...rows) : element("p", { class: "note" }, "No rule finds fault with it."));
}

export function curlOf(entry) {
  const parts = ["curl"];
  if (!["GET", "POST"].includes(entry.method) || (entry.method === "POST" && !entry.body)) parts.push("-X", quoted(entry.method));
  parts.push(quoted(root + entry.path + (entry.query ? `?${entry.query}` : "")));
  for (const [name, value] of Object.entries(entry.headers)) {
    if (name === "authorization") parts.push("-H", /^bearer /i.test(value) ? '"Authorization: Bearer $TOKEN"' : '"Authorization: $AUTHORIZATION"');
    else if (!LEFT_OUT.has(name) && !name.startsWith("sec-")) parts.push("-H", quoted(`${name}: ${value}`));
  }
  if (entry.body) parts.push("-d", quoted(entry.body));
  return parts.join(" ");
}
