"""Write a comparison as HTML that can be opened without a network or pasted into an issue, and as JUnit XML."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from xml.etree import ElementTree

from mockroster.judge.compare.result import KINDS, Result
from mockroster.judge.compare.text import counts, difference_lines, fault_lines
from mockroster.judge.xml_text import xml_text


def html(result: Result, most: int) -> bytes:
    """Return an HTML fragment in ASCII, without styles, scripts and blank lines, which issue trackers would change."""
    return ("\n".join(_html_lines(result, most)) + "\n").encode("ascii", "xmlcharrefreplace")


def _html_lines(result: Result, most: int) -> Iterator[str]:
    verdict = "equal" if result.is_equal else "different"
    yield f"<h2>Rosters compared: {verdict}</h2>"
    yield f"<p>left: <code>{escape(result.left)}</code><br>right: <code>{escape(result.right)}</code></p>"
    header, *rows = counts(result)
    yield "<table>"
    yield "<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in header) + "</tr>"
    for first, *cells in rows:
        yield f"<tr><th>{escape(first)}</th>" + "".join(f'<td align="right">{cell}</td>' for cell in cells) + "</tr>"
    yield "</table>"
    notes = [*fault_lines(result), *(f"{name}: not compared" for name in result.not_compared)]
    for title, entries in (("Differences", [*difference_lines(result, most)]), ("Notes", notes)):
        if entries:
            yield f"<details open><summary>{title}</summary>"
            yield "<ul>"
            yield from (f"<li>{escape(entry)}</li>" for entry in entries)
            yield "</ul>"
            yield "</details>"


def junit(result: Result, most: int) -> bytes:
    """Return JUnit XML: a test case for each collection, which fails if there is a difference in it."""
    failed = sum(not compared.is_equal for compared in result.collections.values())
    suite = ElementTree.Element(
        "testsuite", name="mockroster compare", tests=str(len(result.collections)), failures=str(failed), errors="0"
    )
    for name, compared in result.collections.items():
        case = ElementTree.SubElement(suite, "testcase", classname="mockroster.compare", name=name)
        if not compared.is_equal:
            message = ", ".join(f"{compared.counts[kind]:,} {kind}" for kind in KINDS if compared.counts[kind])
            failure = ElementTree.SubElement(case, "failure", type="difference", message=message)
            single = Result(result.left, result.right, {name: compared})
            failure.text = xml_text("\n".join(difference_lines(single, most)))
    suites = ElementTree.Element("testsuites")
    suites.append(suite)
    ElementTree.indent(suites)
    document: bytes = ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return document
