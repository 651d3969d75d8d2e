// Keys: "/" goes to the search, "j" and "k" move the current row, Enter opens it as any link, Esc closes.

import { byId } from "./page.js";

const rows = () => [...document.querySelectorAll("[data-rows] [data-row]")].filter((row) => row.offsetParent);

export function setCurrent(link) {
  for (const old of document.querySelectorAll("[data-rows] [aria-current=true]")) old.removeAttribute("aria-current");
  const row = link?.closest("tr, li");
  row?.setAttribute("aria-current", "true");
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const focused = all.indexOf(document.activeElement);
  const current = focused >= 0 ? focused : all.findIndex((row) => row.closest("[aria-current=true]"));
  const next = all[current < 0 ? 0 : Math.min(Math.max(current + step, 0), all.length - 1)];
  setCurrent(next);
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  document.dispatchEvent(new CustomEvent("moved"));
}

const isTyping = (target) => target.closest?.("input, textarea, select, dialog");

export function listen(extra = {}) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("ask").open) return;
    if (event.key === "Escape") return escape(event);
    if (isTyping(event.target)) return;
    const keys = { "/": toSearch, j: () => move(1), k: () => move(-1), ...extra };
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function toSearch() {
  const search = document.querySelector("[data-search]");
  search?.focus();
  search?.select();
}

function escape(event) {
  const open = event.target.closest?.("details[open].menu, details[open].connect");
  if (open) {
    open.open = false;
    return open.querySelector("summary").focus();
  }
  if (isTyping(event.target)) return event.target.blur();
  document.querySelector("[data-close]")?.click();
}
