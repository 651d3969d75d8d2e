// The frame around each view: buttons and forms that drive the switchboard, copying, keys, the state of the connection.

import { listen } from "./keys.js";
import { ask, byId, copy, mount, prefix, quoted, root, say, sayLater, sayWhatWasLeft, send, view } from "./page.js";
import { follow } from "./stream.js";

const STATES = {
  connecting: "connecting", live: "live", lost: "connection lost", paused: "paused", refused: "not allowed",
  gone: "this sandbox was dropped",
};

// A button or form says in its attributes what it sends: data-send, data-to, data-body, data-confirm, data-said, data-then.
async function drive(source, fields = {}) {
  const { send: method, to, body, confirm, said, then } = source.dataset;
  if (confirm && !(await ask(confirm))) return;
  const left = { ...fields };
  const fill = (text) => text.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(fields[name] ?? ""));
  const address = to.replace(/\{(\w+)\}/g, (_, name) => { delete left[name]; return encodeURIComponent(fields[name] ?? ""); });
  const content = body ? JSON.parse(body) : Object.keys(left).length ? left : undefined;
  let answer;
  source.setAttribute("aria-busy", "true");
  try {
    answer = await send(method, address, content);
  } catch (error) {
    return say(error.message, true);
  } finally {
    source.removeAttribute("aria-busy");
  }
  sayLater(told(answer) ?? said ?? "Done.");
  if (then) location.assign(fill(then));
  else location.reload();
}

// What events and days that have passed did.
function told(answer) {
  const plural = (number, name) => `${number.toLocaleString("en")} ${name}${number === 1 ? "" : "s"}`;
  if (answer?.events && answer.revision) {
    const records = answer.events.reduce((sum, each) => sum + each.records.length, 0);
    return `${answer.events[0].event}: ${plural(records, "record")} changed.`;
  }
  if (!answer?.counts || !answer.to) return null;
  return `${answer.from} to ${answer.to}: ${plural(Object.values(answer.counts).reduce((sum, each) => sum + each, 0), "event")}.`;
}

function fieldsOf(form) {
  const fields = {};
  for (const field of form.elements) {
    if (!field.name || field.value === "" || field.value === field.dataset.default) continue;
    fields[field.name] = ["integer", "number"].includes(field.dataset.type) ? Number(field.value) : field.value;
  }
  return fields;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if ("copy" in button.dataset) {
    const from = button.parentElement.querySelector("code, pre");
    copy(from.textContent, from);
  } else if (button.dataset.send) {
    drive(button);
  }
});

document.addEventListener("submit", (event) => {
  if (!event.target.dataset.send) return;
  event.preventDefault();
  drive(event.target, fieldsOf(event.target));
});

byId("token").addEventListener("click", async (event) => {
  const { base } = event.currentTarget.dataset;
  try {
    const { access_token: token } = await send("POST", `${prefix}/ui/token`);
    const [first, second] = byId("issued").querySelectorAll("code");
    first.textContent = token;
    second.textContent = `curl ${quoted(`${root}${base}/users?limit=1`)} -H "Authorization: Bearer ${token}"`;
    byId("issued").hidden = false;
    say("Here is a token.");
  } catch (error) {
    say(error.message, true);
  }
});

// A menu closes when the focus or a click goes elsewhere.
for (const name of ["click", "focusin"]) {
  document.addEventListener(name, (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
}

const STALE = {
  data: { change: "Records have changed.", gap: "Events were missed." },
  scenarios: { scenarios: "The active scenarios have changed." },
  time: { change: "Records have changed.", clock: "The clock was moved.", gap: "Events were missed." },
};

function onEvent(kind, data) {
  document.dispatchEvent(new CustomEvent("sandbox", { detail: { kind, data } }));
  const text = STALE[view]?.[kind];
  if (!text) return;
  byId("stale").hidden = false;
  byId("stale").firstElementChild.textContent = text;
}

let shown = "";
function onState(state) {
  if (state === "connecting" && shown) return; // says nothing new while it tries again
  shown = state;
  byId("state").textContent = STATES[state];
  byId("state").dataset.state = state;
}

const extra = {};
export const onKey = (key, act) => { extra[key] = act; };

listen(extra);
sayWhatWasLeft();
// Scripts of the view are loaded before the first event.
addEventListener("DOMContentLoaded", () => follow(`${prefix}/__admin/stream`, onEvent, onState, isGone));

async function isGone() {
  const { sandboxes } = await send("GET", `${mount}/__admin/sandboxes`);
  return !sandboxes.some((each) => each.name === document.body.dataset.sandbox);
}
