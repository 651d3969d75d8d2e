// Follows the events of the sandbox. A stream that ends is resumed after the last event that came; what could not be
// kept meanwhile is announced by the server as a gap, and where no event had come yet, here.

const QUIET = 40_000; // milliseconds; the server says something every 15 seconds
const LONGEST_PAUSE = 5_000;
const HIDDEN = 30_000;

export function follow(address, onEvent, onState, isGone) {
  let last = "", controller = null, isHidden = false, pause = 250, opened = 0;

  async function run() {
    while (!isHidden) {
      onState("connecting");
      try {
        await read();
        // Only a sandbox that is dropped ends its stream in order; to ask for it again would make a new one.
        if (!isHidden && await isGone()) return onState("gone");
      } catch (error) {
        if (error instanceof Refusal) return onState("refused");
      }
      controller = null;
      if (isHidden) return onState("paused");
      onState("lost");
      await new Promise((resolve) => { setTimeout(resolve, pause); });
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
  }

  async function read() {
    const mine = new AbortController();
    controller = mine;
    let quiet = setTimeout(() => mine.abort(), QUIET);
    const headers = { Accept: "text/event-stream", ...(last && { "Last-Event-ID": last }) };
    const response = await fetch(address, { headers, signal: mine.signal, cache: "no-store" });
    if ([401, 403, 404].includes(response.status)) throw new Refusal();
    if (!response.ok) throw new Error(String(response.status));
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "", isOpen = false;
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        clearTimeout(quiet);
        quiet = setTimeout(() => mine.abort(), QUIET);
        if (!isOpen) {
          isOpen = true;
          pause = 250;
          onState("live");
          if (opened++ && !last) onEvent("gap", { missed: "events" });
          onEvent("open", {});
        }
        const parts = (rest + value).split("\n\n");
        rest = parts.pop();
        parts.forEach(handle);
      }
    } finally {
      clearTimeout(quiet);
    }
  }

  function handle(text) {
    let kind = "message", data = "";
    for (const line of text.split("\n")) {
      const colon = line.indexOf(": ");
      const name = line.slice(0, colon), value = line.slice(colon + 2);
      if (name === "id") last = value;
      else if (name === "event") kind = value;
      else if (name === "data") data += value;
    }
    if (data) onEvent(kind, JSON.parse(data));
  }

  // A hidden tab gives its connection back: browsers allow six for each server.
  let hiding;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiding);
    if (document.hidden) {
      hiding = setTimeout(() => { isHidden = true; controller?.abort(); }, HIDDEN);
    } else if (isHidden) {
      isHidden = false;
      run();
    }
  });
  addEventListener("pagehide", () => { isHidden = true; controller?.abort(); });
  addEventListener("pageshow", (event) => { if (event.persisted && isHidden) { isHidden = false; run(); } });
  run();
}

class Refusal extends Error {}
