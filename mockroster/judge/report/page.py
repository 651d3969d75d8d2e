"""A verdict as a page: the summary first, then each finding with its requests, then the coverage.

The page is one file without scripts. It needs nothing from the network, and its policy forbids that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from mockroster.judge.report.text import OUTCOMES, coverage_sentences, times

_NAMES = {"fail": "Fails", "pass": "Passes", "skip": "Not exercised", "omit": "Switched off"}

_STYLE = """
:root{color-scheme:light dark;--ink:#1d2430;--soft:#565f6f;--line:#d5dae2;--page:#fff;--card:#f5f7fa;--fail:#a8201a;
--pass:#17663c;--skip:#5b6270;--bar:#2f6db5;--code:#eceff4}
@media(prefers-color-scheme:dark){:root{--ink:#e4e8ee;--soft:#a6afbd;--line:#39414e;--page:#14181f;--card:#1c222b;
--fail:#ff9a92;--pass:#7fd3a4;--skip:#a9b2c0;--bar:#6ea8ea;--code:#232a35}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:1rem/1.55 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2rem 1rem 4rem}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .3rem}
h2{font-size:1.2rem;margin:2.5rem 0 .7rem}
h3{font-size:1rem;margin:0}
p{margin:.3rem 0}
.about,.source,.reason{color:var(--soft)}
.fail{color:var(--fail)}.pass{color:var(--pass)}.skip,.omit{color:var(--skip)}
.counts{display:flex;flex-wrap:wrap;gap:.7rem;margin:1.2rem 0 0;padding:0;list-style:none}
.counts li{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.5rem 1rem;min-width:7.5rem}
.counts b{display:block;font-size:1.6rem;line-height:1.2}
.rule{border:1px solid var(--line);border-left:.35rem solid currentColor;border-radius:.4rem;padding:.8rem 1rem;
margin:0 0 .8rem;background:var(--card)}
.rule>*{color:var(--ink)}.rule .source,.rule .reason{color:var(--soft)}
.rule ul{margin:.5rem 0 0;padding-left:1.2rem}
.tag{font-size:.8rem;border:1px solid var(--line);border-radius:1rem;padding:0 .6rem;margin-left:.4rem;
font-weight:400;white-space:nowrap}
pre{background:var(--code);border-radius:.3rem;padding:.5rem .7rem;margin:.35rem 0;white-space:pre-wrap;
overflow-wrap:anywhere;font:.85rem/1.45 ui-monospace,monospace}
code{font:.85rem ui-monospace,monospace;background:var(--code);border-radius:.2rem;padding:0 .25rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td.bar{width:40%}
svg{display:block;width:100%;height:.8rem;margin-top:.4rem}
.track{fill:var(--line)}.fill{fill:var(--bar)}
"""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(document: Mapping[str, Any]) -> str:
    """Return the verdict as an HTML document."""
    return "".join(_page(document))


def _page(document: Mapping[str, Any]) -> Iterator[str]:
    outcome = document["outcome"]
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>Verdict: {_TITLES[outcome]}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f'<h1>Verdict: <span class="{outcome}">{_TITLES[outcome]}</span></h1>\n'
    )
    yield f'<p class="about">{escape(_about(document))}</p>\n'
    yield from _counts(document["rules"])
    for name, heading in (("fail", "Failed"), ("pass", "Passed"), ("skip", "Not exercised")):
        yield from _rules(heading, [rule for rule in document["rules"] if rule["outcome"] == name])
    yield from _coverage(document.get("coverage", {}))
    yield from _mistakes(document.get("mistakes", []))
    omitted = [rule["id"] for rule in document["rules"] if rule["outcome"] == "omit"]
    if omitted:
        yield f"<h2>Switched off</h2>\n<p>{escape(', '.join(omitted))}</p>\n"
    yield "</main>\n</body>\n</html>\n"


_TITLES = {"fail": "the client breaks must-rules", "pass": "no must-rule is broken", "skip": "nothing was exercised"}


def _about(document: Mapping[str, Any]) -> str:
    subject = f"Run {document['run']}" if document.get("run") else "All requests"
    by = f" of client {document['client']}" if document.get("client") else ""
    dropped = f", {document['dropped']:,} more are not kept" if document.get("dropped") else ""
    return f"{subject}{by}: {document['requests']:,} request{'' if document['requests'] == 1 else 's'}{dropped}."


def _counts(rules: list[Mapping[str, Any]]) -> Iterator[str]:
    yield '<ul class="counts">'
    for name in OUTCOMES:
        number = sum(rule["outcome"] == name for rule in rules)
        yield f'<li><b class="{name}">{number}</b>{_NAMES[name]}</li>'
    yield "</ul>\n"


def _rules(heading: str, rules: list[Mapping[str, Any]]) -> Iterator[str]:
    if not rules:
        return
    yield f"<h2>{heading}</h2>\n"
    for rule in rules:
        yield (
            f'<section class="rule {rule["outcome"]}"><h3>{escape(rule["id"])} {escape(rule["sentence"])}'
            f'<span class="tag">{escape(rule["level"])}</span></h3>'
        )
        if rule["findings"]:
            yield "<ul>"
            yield from map(_finding, rule["findings"])
            yield "</ul>"
        if rule.get("more"):
            yield f"<p>And {rule['more']:,} more.</p>"
        if rule["outcome"] == "skip":
            yield f'<p class="reason">{escape(_sentence(rule.get("reason", "")))}{_exercise(rule)}</p>'
        yield f'<p class="source">Source: {escape(rule.get("source", ""))}.</p></section>\n'


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _exercise(rule: Mapping[str, Any]) -> str:
    plan = rule.get("exercise")
    return f" To exercise it: <code>{escape(plan)}</code>." if plan else ""


def _finding(finding: Mapping[str, Any]) -> str:
    numbers = ", ".join(map(str, finding["sequences"]))
    noun = "request" if len(finding["sequences"]) == 1 else "requests"
    requests = f' <span class="source">({noun} {escape(numbers)})</span>' if numbers else ""
    curl = f'<pre tabindex="0">{escape(finding["curl"])}</pre>' if finding["curl"] else ""
    return f"<li>{escape(_sentence(finding['sentence']))}{requests}{curl}</li>"


def _coverage(coverage: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    if not coverage:
        return
    yield "<h2>What was read</h2>\n<table>"
    yield "<thead><tr><th>Collection</th><th>Share</th><th>Records</th></tr></thead><tbody>\n"
    for (name, numbers), sentence in zip(coverage.items(), coverage_sentences(coverage), strict=True):
        share = 100 * numbers["served"] / numbers["rows"] if numbers["rows"] else 0
        bar = (
            f'<svg role="img" aria-label="{share:.0f} %" viewBox="0 0 100 8" preserveAspectRatio="none">'
            f'<rect class="track" width="100" height="8" rx="2"/>'
            f'<rect class="fill" width="{share:.1f}" height="8" rx="2"/></svg>'
        )
        yield f'<tr><th scope="row">{escape(name)}</th><td class="bar">{bar}</td>'
        yield f"<td>{escape(_sentence(sentence))}</td></tr>\n"
    yield "</tbody></table>\n"


def _mistakes(mistakes: list[Mapping[str, Any]]) -> Iterator[str]:
    if not mistakes:
        return
    yield "<h2>Mistakes that the server ignored</h2>\n<ul>"
    for mistake in mistakes:
        curl = f'<pre tabindex="0">{escape(mistake["curl"])}</pre>' if mistake["curl"] else ""
        yield f"<li>{escape(mistake['sentence'])} ({times(mistake['count'])}){curl}</li>\n"
    yield "</ul>\n"
