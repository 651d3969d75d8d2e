"""Scenarios with text that is hard to process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from mockroster.roster.record import Record
from mockroster.scenarios.base import DataScenario, Tables, parameter
from mockroster.scenarios.rng import Rng
from mockroster.scenarios.rows import pick_share, replace_chosen, with_members


@dataclass(frozen=True)
class HostileText(DataScenario):
    """Names, titles and codes are valid but hard to process.

    They contain right-to-left text, combining marks, emoji, quotes, markup, punctuation that file systems refuse or a
    spreadsheet formula, or are very long. None contains a control character.

    Source: row 126 of the quirks table, for the punctuation and the length; the others are similar.
    """

    name = "hostile-text"
    kinds: tuple[str, ...] = parameter(
        ("rtl", "combining", "emoji", "quotes", "markup", "punctuation", "formula", "long"),
        "kinds of text",
        words=("rtl", "combining", "emoji", "quotes", "markup", "punctuation", "formula", "long"),
    )
    share: float = parameter(0.5, "share of the records of each collection; at least one", least=0, most=1)
    length: int = parameter(300, "length of a long text in characters", least=51, most=100_000)

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Wrap the texts of the records, so that they stay distinct."""
        different = {}
        for collection, names in _TEXT.items():
            with_text = [record for record in tables[collection] if any(name in record for name in names)]
            chosen = pick_share(with_text, self.share, rng)
            if chosen:
                different[collection] = replace_chosen(
                    tables[collection], chosen, partial(self._with_hostile_text, names=names, rng=rng)
                )
        return different

    def _with_hostile_text(self, record: Record, names: Sequence[str], rng: Rng) -> Record:
        kind = self.kinds[int(rng.of(f"{record['sourcedId']} text") * len(self.kinds))]
        return with_members(record, {name: self._text(kind, record[name]) for name in names if name in record})

    def _text(self, kind: str, text: str) -> str:
        if kind == "long":
            return (f"{text} " * (self.length // (len(text) + 1) + 1))[: self.length - 1] + "."
        return _WRAPPED[kind].replace("{}", text)


_TEXT: Mapping[str, Sequence[str]] = {
    "orgs": ("name",),
    "academicSessions": ("title",),
    "courses": ("title", "courseCode"),
    "classes": ("title", "classCode", "location"),
    "users": (
        "givenName",
        "familyName",
        "middleName",
        "preferredFirstName",
        "preferredMiddleName",
        "preferredLastName",
    ),
    "resources": ("title",),
    "categories": ("title",),
    "lineItems": ("title", "description"),
    "results": ("comment",),
    "assessmentLineItems": ("title", "description"),
}
"""The free-text members by collection."""

_WRAPPED: Mapping[str, str] = {
    "rtl": "\u0645\u062f\u0631\u0633\u0629 {} \u05e9\u05dc\u05d5\u05dd",
    "combining": "Z\u0351\u036b\u0343a\u0301 {} e\u0308\u0323o\u0302",
    "emoji": "\U0001f469\u200d\U0001f3eb {} \U0001f1e9\U0001f1ea\U0001f44d\U0001f3fd",
    "quotes": "O'{} \"'' `{}` \u201c\u2019 '; --",
    "markup": "<b>{}</b> &amp; <script>alert(1)</script> ]]>",
    "punctuation": "{} ` \\ : * ? \" < > | ' # , % & / ..",
    "formula": '=HYPERLINK("http://example.com","{}")',
}
"""The replacement text by kind; ``{}`` is replaced by the original text."""
