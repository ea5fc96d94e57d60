"""A report as its tests read it: its numbers with what they are of, its other words, its charts."""

from __future__ import annotations

import json
import math
from html.parser import HTMLParser

Z95 = 1.959963984540054  # of the normal distribution, two-sided


class Page(HTMLParser):
    """Numbers with what they are of, all other words, and the charts."""

    def __init__(self, text):
        super().__init__()
        self.numbers, self.words, self.charts, self._open = [], [], None, []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag in ("meta", "link", "br", "img"):
            return
        self._open.append((tag, dict(attrs)))
        if tag == "data":
            given = dict(attrs)
            self.numbers.append([given["data-of"], given["value"], ""])

    def handle_endtag(self, tag):
        assert self._open.pop()[0] == tag, "the page is not well formed"

    def handle_data(self, data):
        tags = [tag for tag, _ in self._open]
        if "data" in tags:
            self.numbers[-1][2] += data
        elif "script" in tags:
            if self._open[-1][1].get("id") == "charts":
                self.charts = json.loads(data)
        elif (
            "style" not in tags
            and "title" not in tags
            and not any("given" in (attrs.get("class") or "").split() for _, attrs in self._open)
        ):
            self.words.append(data)


def wilson(successes, trials):
    centre, half = successes + Z95**2 / 2, Z95 * math.sqrt(successes * (trials - successes) / trials + Z95**2 / 4)
    return (centre - half) / (trials + Z95**2), (centre + half) / (trials + Z95**2)


def reads_as(text):
    """The value that a shown number says, and half a unit of its last digit."""
    bare = text.replace("£", "").replace(",", "").replace(" points", "").replace(" %", "")
    places = len(bare.partition(".")[2])
    scale = 0.01 if text.endswith((" %", " points")) else 1.0
    return float(bare) * scale, 0.5 * 10**-places * scale
