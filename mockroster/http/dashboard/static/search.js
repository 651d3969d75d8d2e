// The search words of the requests: "status:4xx path:/users client:nightly scenario:flaky users".

const has = (value, part) => String(value ?? "").toLowerCase().includes(part.toLowerCase());
const like = (status, pattern) => new RegExp(`^${pattern.replace(/[^\dx]/gi, "").replace(/x/gi, "\\d")}`).test(String(status ?? ""));

const WORDS = {
  status: (entry, value) => like(entry.status, value),
  method: (entry, value) => entry.method.toLowerCase() === value.toLowerCase(),
  path: (entry, value) => has(entry.path, value),
  query: (entry, value) => has(entry.query, value),
  client: (entry, value) => has(entry.client, value),
  scenario: (entry, value) => entry.scenarios.some((name) => has(name, value)),
  operation: (entry, value) => has(entry.operation, value),
  outcome: (entry, value) => has(entry.outcome, value),
};

export function parse(text) {
  const tests = [], unknown = [];
  for (const word of text.trim().split(/\s+/).filter(Boolean)) {
    const [, not, name, value] = /^(-?)(?:([a-z]+):)?(.*)$/is.exec(word);
    const test = name ? WORDS[name.toLowerCase()] : (entry, part) => has(`${entry.method} ${entry.path}?${entry.query}`, part);
    if (!test) unknown.push(name);
    else if (value) tests.push((entry) => test(entry, value) !== Boolean(not));
  }
  const known = Object.keys(WORDS).join(", ");
  return {
    text: text.trim(),
    problem: unknown.length ? `There is no word ${unknown.map((name) => `“${name}:”`).join(", ")}; there are ${known}. A minus before a word excludes.` : "",
    matches: (entry) => tests.every((test) => test(entry)),
  };
}
