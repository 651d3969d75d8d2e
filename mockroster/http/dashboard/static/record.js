// Edits a record: sends what differs from the shown one as a JSON merge patch (RFC 7396).

import { byId, fill, sayLater } from "./page.js";

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

export function difference(before, after) {
  const patch = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (!(name in after)) patch[name] = null;
    else if (isObject(before[name]) && isObject(after[name])) {
      const inner = difference(before[name], after[name]);
      if (Object.keys(inner).length) patch[name] = inner;
    } else if (JSON.stringify(before[name]) !== JSON.stringify(after[name])) patch[name] = after[name];
  }
  return patch;
}

function problem(text) {
  byId("json-problem").textContent = text;
  byId("json-problem").hidden = !text;
}

const form = byId("patch");
const before = form && JSON.parse(byId("json").defaultValue);
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  let after;
  try { after = JSON.parse(byId("json").value); } catch (error) { return problem(`This is not JSON: ${error.message}`); }
  if (!isObject(after)) return problem("A record is a JSON object: { … }");
  const patch = difference(before, after);
  if (!Object.keys(patch).length) return problem("Nothing differs from the stored record.");
  const response = await fetch(form.dataset.at, {
    method: "PATCH", headers: { "Content-Type": "application/merge-patch+json" }, body: JSON.stringify(patch),
  });
  if (response.ok) {
    sayLater("Saved.");
    return location.reload();
  }
  const answer = await response.json().catch(() => null);
  const information = answer?.statusInfoSet?.[0] ?? answer;
  problem(information?.imsx_description ?? `${response.status} ${response.statusText}`);
});

for (const section of document.querySelectorAll("[data-fill]")) fill(section).catch((error) => { section.append(error.message); });
