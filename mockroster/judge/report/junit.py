"""A verdict as JUnit XML, which every CI shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from mockroster.judge.report.text import fails
from mockroster.judge.xml_text import xml_text


def junit(document: Mapping[str, Any], fail_on: str = "must") -> bytes:
    """Return the verdict as a test suite with a case for each rule.

    A rule that fails below ``fail_on`` is skipped, with its findings as output.
    """
    rules = [rule for rule in document["rules"] if rule["outcome"] != "omit"]
    failed = [fails(rule, fail_on) for rule in rules]
    skipped = sum(rule["outcome"] != "pass" for rule in rules) - sum(failed)
    counts = {"tests": str(len(rules)), "failures": str(sum(failed)), "errors": "0", "skipped": str(skipped)}
    name = "mockroster verdict" + (f" of {document['run']}" if document.get("run") else "")
    root = Element("testsuites", counts)
    suite = SubElement(root, "testsuite", {"name": name, **counts})
    for rule, is_failure in zip(rules, failed, strict=True):
        title = f"{rule['id']} {rule['sentence']}"
        case = SubElement(suite, "testcase", {"classname": f"mockroster.{rule['level']}", "name": xml_text(title)})
        findings = "\n".join(f"{finding['sentence']}\n  {finding['curl']}" for finding in rule["findings"])
        if is_failure:
            failure = SubElement(case, "failure", {"message": xml_text(rule["findings"][0]["sentence"])})
            failure.text = xml_text(findings)
        elif rule["outcome"] == "fail":
            SubElement(case, "skipped", {"message": xml_text(f"{rule['level']}: {rule['findings'][0]['sentence']}")})
            SubElement(case, "system-out").text = xml_text(findings)
        elif rule["outcome"] == "skip":
            SubElement(case, "skipped", {"message": xml_text(rule.get("reason", ""))})
    document_bytes: bytes = tostring(root, "utf-8", xml_declaration=True)
    return document_bytes
