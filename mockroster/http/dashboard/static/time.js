// The view Time: lets the shown clock tick.

import { byId } from "./page.js";

const clock = byId("clock");
const offset = Date.parse(clock.dateTime) - Date.now();

setInterval(() => {
  const now = new Date(Date.now() + offset).toISOString();
  clock.dateTime = now;
  clock.textContent = `${now.slice(0, 10)} ${now.slice(11, 19)}`;
}, 1000);
