// The view Scenarios: searches the catalogue, and writes the spec that the form describes.

import { byId, quoted, root, sayLater, send } from "./page.js";

// The catalogue.

const items = [...byId("list").children];
function search() {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const item of items) {
    item.hidden = !words.every((word) => item.textContent.toLowerCase().includes(word));
    found += !item.hidden;
  }
  byId("found").textContent = `${found} scenario${found === 1 ? "" : "s"}`;
  const address = new URL(location);
  if (byId("search").value) address.searchParams.set("q", byId("search").value);
  else address.searchParams.delete("q");
  history.replaceState(null, "", address);
  for (const link of document.querySelectorAll("#list a, [data-close]")) {
    const target = new URL(link.href);
    target.searchParams.delete("q");
    if (byId("search").value) target.searchParams.set("q", byId("search").value);
    link.href = target.search || "?";
  }
}
byId("search").addEventListener("input", search);
byId("search").form.addEventListener("submit", (event) => event.preventDefault());
if (byId("search").value) search();
if (matchMedia("(min-width: 58rem)").matches) {
  document.querySelector("#list [aria-current]")?.closest("li").scrollIntoView({ block: "center" });
}

// The form.

const SIGNS = { "%": "%25", ";": "%3B", ",": "%2C", "@": "%40", "~": "%7E" };
const escaped = (value, isList) => value.replace(/[%;,@~|]/g, (sign) => (sign === "|" ? (isList ? sign : "%7C") : SIGNS[sign]));

function partOf(fields) {
  return [...fields].filter((field) => field.value.trim() !== field.dataset.default)
    .map((field) => `${field.name}=${escaped(field.value.trim(), field.dataset.type === "list")}`).join(",");
}

export function specOf(form) {
  const parameters = partOf(form.querySelectorAll("[name]:not([data-aim])"));
  const aim = partOf(form.querySelectorAll("[data-aim]"));
  return form.dataset.name + (parameters && `:${parameters}`) + (aim && `@${aim}`);
}

const form = byId("choose");
function describe() {
  const spec = specOf(form);
  const path = encodeURIComponent(spec.replaceAll("/", "~")).replace(/%(3A|3D|2C|40|7C|3B|2A)/g, (sign) => decodeURIComponent(sign));
  const base = Object.values(JSON.parse(byId("doors").dataset.bases))[0].slice(root.length);
  const doors = {
    spec,
    path: `${root}/scenarios/${path}`,
    client: `scenario:${spec}`,
    header: `X-Mockroster-Scenario: ${spec}`,
    flag: `--scenario ${quoted(spec)}`,
    curl: `curl -i -H "Authorization: Bearer $TOKEN" ${quoted(`${root}/scenarios/${path}${base}/users?limit=2`)}`,
  };
  for (const [name, text] of Object.entries(doors)) document.querySelector(`[data-door=${name}]`).textContent = text;
}

async function activate(specs, said) {
  const at = (byId("specs") ?? form).dataset.at;
  try {
    await send("PUT", at, { active: specs });
    sayLater(said);
    location.reload();
  } catch (error) {
    const place = byId("choose-problem") ?? byId("said");
    place.textContent = error.message;
    place.hidden = false;
  }
}

if (form) {
  form.addEventListener("input", describe);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const spec = specOf(form);
    activate([...JSON.parse(form.dataset.active), spec], `${spec} is active.`);
  });
  describe();
}

byId("specs")?.addEventListener("click", (event) => {
  const { remove } = event.target.dataset;
  if (remove === undefined) return;
  const specs = [...byId("specs").querySelectorAll("code")].map((code) => code.textContent);
  const [removed] = specs.splice(Number(remove), 1);
  activate(specs, `${removed} is no longer active.`);
});
