"""How results are written: intervals alone stand in brackets as (a to b), the three responses to strain with slashes."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

#: Elements within a sentence; all others end it.
INLINE = {"data", "span", "b", "strong", "em", "a", "abbr", "code", "br"}
HIDDEN = {"script", "style", "title"}
ORDER = ["low", "central", "high"]
#: A shown number with what it is of, between two characters that no page has.
NUMBER = re.compile("\x01([^\x02]*)\x02")
BRACKET = re.compile(r"\(([^()]*)\)")
FROM_TO = re.compile(r"[\d\x02][^()]{0,12} to [-+−£]{0,2}[\d\x01]")
#: What says in words that a stretch is no bare interval.
WORDED = re.compile(r"\b(range|interval)\b")
ENDS = re.compile("(?:\x01[^\x02]*\x02|\\S+) to (?:\x01[^\x02]*\x02|\\S+)")
SLASHED = re.compile("\x01[^\x02]*\x02(?: / \x01[^\x02]*\x02)+")


class _Texts(HTMLParser):
    """The visible texts of a page, one an element, and the chart's own."""

    def __init__(self, page):
        super().__init__()
        self.texts, self._now, self._hidden, self._number = [], "", "", False
        self.feed(page)
        self.close()
        self._end()

    def _end(self):
        self.texts += [text] if (text := " ".join(self._now.split())) else []
        self._now = ""

    def handle_starttag(self, tag, attrs):
        if tag == "data":
            self._now += "\x01{}\x02".format(re.sub(r"[()]", "", dict(attrs)["data-of"]))
            self._number = True
        elif tag in HIDDEN:
            self._hidden = "charts" if dict(attrs).get("id") == "charts" else tag
        elif tag not in INLINE:
            self._end()
        elif tag == "br":
            self._now += " "

    def handle_endtag(self, tag):
        self._number = self._number and tag != "data"
        self._hidden = "" if tag in HIDDEN else self._hidden
        if tag not in INLINE:
            self._end()

    def handle_data(self, data):
        if self._hidden == "charts":
            self.texts += strings_of(json.loads(data))
        elif not self._hidden and not self._number:
            self._now += data


def strings_of(of):
    """All texts in a JSON value; of a chart those that a reader sees or hovers over."""
    if isinstance(of, dict):
        return [text for key, value in of.items() if key not in ("id", "ids", "meta") for text in strings_of(value)]
    if isinstance(of, list):
        return [text for value in of for text in strings_of(value)]
    return [of] if isinstance(of, str) else []


def faults_of_page(page):
    """What on a page is against the notation, with the text in which it stands."""
    return [(fault, text) for text in _Texts(page).texts for fault in _faults(text, _is_interval)]


def faults_of_text(text):
    """The same of what the terminal shows or a document says, where numbers do not tell what they are of."""
    one = " ".join(text.split())
    return [(fault, one) for fault in _faults(one, lambda inside: True)]


def _faults(text, is_interval):
    if re.search(r"\([^()]*\(", text):
        yield "brackets in brackets"
    for found in BRACKET.finditer(text):
        if FROM_TO.search(found[1]) and not WORDED.search(found[1]):
            mean = re.search(r"[\d\x02](?: %| points)? $", text[: found.start()])
            if not mean or not ENDS.fullmatch(found[1]) or not is_interval(found[1]):
                yield "a bracket (a to b) that is no interval"
    for found in SLASHED.finditer(text):
        parts = [of.split("|") for of in NUMBER.findall(found[0])]
        if [next((word for word in part if word in ORDER), "") for part in parts if part[0] == "response"] != ORDER:
            yield "slashes between what is not the three responses"


def _is_interval(inside):
    """Whether the two numbers are the low and the high end of one interval; two responses to strain are none, nor a range of runs."""
    ends = [of.split("|") for of in NUMBER.findall(inside)]
    if len(ends) != 2 or len(ends[0]) != len(ends[1]) or ends[0][0] == "period":
        return False
    kind, differing = ends[0][0], [(place, *pair) for place, pair in enumerate(zip(*ends, strict=True)) if pair[0] != pair[1]]
    if len(differing) != 1 or (kind in ("response", "staffing") and differing[0][0] == 1):
        return False
    low, high = differing[0][1:] if kind != "less" else differing[0][:0:-1]  # turned round, the upper end is the lower
    return "low" in low and low.replace("low", "high") == high
