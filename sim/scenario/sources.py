"""Publications behind the figures, as listed in `scenarios/sources.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim.scenario.find import PACKAGE_SCENARIOS, SOURCES
from sim.scenario.nodes import plain
from sim.scenario.problems import ScenarioError
from sim.scenario.yaml12 import read


@dataclass(frozen=True, slots=True)
class Given:
    """What a publication gives under one id: single numbers or states by name, or spans as pairs."""

    numbers: Mapping[str, Any]
    unit: str
    quality: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """One publication; `read_as` says whether the report, an excerpt or a press summary was read."""

    key: str
    title: str
    publisher: str
    date: str
    url: str | None
    read_as: str
    gives: Mapping[str, Given]


def sources_file() -> Path:
    """The list of publications that belongs to the program's own scenarios."""
    return PACKAGE_SCENARIOS / f"{SOURCES}.yaml"


@lru_cache(maxsize=4)
def load_sources(path: Path | None = None) -> Mapping[str, Publication]:
    """Publications by key; ScenarioError if the file cannot be read, KeyError or TypeError if an entry is not as it should be."""
    node, problems = read(path or sources_file())
    if node is None or problems:
        raise ScenarioError(problems)
    return {key: _publication(key, entry) for key, entry in plain(node)["sources"].items()}


def publications_of(source: str, publications: Mapping[str, Publication]) -> list[Publication]:
    """The publications that give something under an id, in order of the file."""
    return [one for one in publications.values() if source in one.gives]


def given_by(sources: Iterable[str], publications: Mapping[str, Publication]) -> list[Any]:
    """All numbers, spans and states that publications give under some ids."""
    return [number for source in sources for one in publications_of(source, publications) for number in one.gives[source].numbers.values()]


def _publication(key: str, entry: dict[str, Any]) -> Publication:
    gives = {source: Given(**given) for source, given in entry["gives"].items()}
    return Publication(**(entry | {"key": key, "gives": gives}))
