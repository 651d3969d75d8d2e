// What every view needs: elements, messages, requests to the switchboard, copying.
// Text from records and requests reaches the page as text nodes and attribute values only.

export const { prefix, mount, url: root, view } = document.body.dataset;

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

export const byId = (id) => document.getElementById(id);

let clearing;
export function say(text, isProblem = false) {
  const said = byId("said");
  said.textContent = text;
  said.classList.toggle("problem", isProblem);
  clearTimeout(clearing);
  if (!isProblem) clearing = setTimeout(() => { said.textContent = ""; }, 6000);
}

// Says a text on the page that is shown next.
export function sayLater(text) {
  sessionStorage.setItem("said", text);
}

export function sayWhatWasLeft() {
  const text = sessionStorage.getItem("said");
  sessionStorage.removeItem("said");
  if (text) say(text);
}

export async function send(method, address, body) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  const response = await fetch(address, {
    method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store",
  });
  const text = await response.text();
  let answer = null;
  try { answer = text ? JSON.parse(text) : null; } catch { answer = null; }
  if (response.ok) return answer;
  if (response.status === 401) location.reload();
  throw new Error(sentence(answer) || `${response.status} ${response.statusText}`);
}

function sentence(answer) {
  const information = answer?.statusInfoSet?.[0] ?? answer;
  return information?.imsx_description ?? information?.error_description;
}

export function ask(question) {
  const dialog = byId("ask");
  byId("question").textContent = question;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

export async function copy(text, from) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without https a page may not write to the clipboard: select the text, so that one key copies it.
    if (from) getSelection().selectAllChildren(from);
    return say("Press Ctrl+C to copy the selected text.");
  }
  say("Copied.");
}

export const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

// Fills a part of the page that takes the server longer. The answer is parsed as a document of its own: nothing in it runs.
export async function fill(section) {
  const response = await fetch(section.dataset.fill, { cache: "no-store" });
  const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
  section.replaceChildren(section.querySelector("h2"), ...parsed.body.children);
}
