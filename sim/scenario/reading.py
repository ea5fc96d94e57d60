"""Reads numbers and dates as people and spreadsheets of several countries write them; where two readings are possible, none is taken."""

from __future__ import annotations

import datetime as dt
import re

from sim.scenario.fields import date_of

_SPACES = re.compile("[\u0020\u00a0\u2009\u202f']")
_WHOLE = re.compile(r"[0-9]{1,9}\Z", re.ASCII)
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{3})+\Z", re.ASCII)
_DECIMAL = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{1,6})?\Z", re.ASCII)


def value_of(text: str, kind: str) -> int | float | dt.date:
    """The value of an answer; ValueError says what is wrong and how to write it."""
    text = text.strip()
    if kind == "date":
        return _date(text)
    return _whole(text) if kind == "whole" else _number(text)


def _whole(text: str) -> int:
    bare = _SPACES.sub("", text)
    if _WHOLE.match(bare):
        return int(bare)
    if re.fullmatch(r"[0-9]{1,9}[.,]0{1,2}", bare):  # a spreadsheet's 23.0
        return int(re.split("[.,]", bare)[0])
    if _THOUSANDS.match(bare) and len({*re.findall("[.,]", bare)}) == 1 and len(bare) < 12:
        return int(re.sub("[.,]", "", bare))  # 2,231 or 2.231: a whole number can mean nothing else
    raise ValueError(f"`{_short(text)}` is not a whole number: write it in digits, such as 23")


def _number(text: str) -> float:
    bare = _SPACES.sub("", text).removesuffix("%")
    if _THOUSANDS.match(bare):
        raise ValueError(f"`{_short(text)}` can be read in two ways: write it with a point and one or two digits behind it, such as 14.5")
    if not _DECIMAL.match(bare):
        raise ValueError(f"`{_short(text)}` is not a number: write it in digits, such as 14.5")
    return float(bare.replace(",", "."))


def _date(text: str) -> dt.date:
    try:
        return date_of(text)
    except ValueError as error:
        if "no such date" in str(error):
            raise
        two_ways = re.fullmatch(r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}", text)
        wrong = "can be read in two ways" if two_ways else "is not a date"
        raise ValueError(f"`{_short(text)}` {wrong}: write the date as YYYY-MM-DD, such as 2023-10-02") from None


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
