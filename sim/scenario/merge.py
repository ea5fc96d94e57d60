"""Lays a variant's figures over those of the scenario it extends."""

from __future__ import annotations

from sim.scenario.nodes import Node, Path
from sim.scenario.paths import ROOT, Spot, step
from sim.scenario.problems import Problem, did_you_mean


def overlay(parent: Node, variant: Node, problems: list[Problem], spot: Spot | None = ROOT, path: Path = ()) -> Node:
    """The parent with the variant's values: mappings are merged, all else replaces; a row set to null is removed."""
    if not (parent.is_mapping and variant.is_mapping) or variant.whole:
        return variant
    content = dict(parent.children)
    for key, child in variant.children.items():
        below = (*path, key)
        if child.value is None and spot is not None and spot.kind == "rows":
            if content.pop(key, None) is None:
                message = f"`{key}` is set to null, which removes it, but the parent scenario has no such row"
                problems.append(Problem(child.file, child.line, ".".join(below), message, did_you_mean(key, parent.children)))
        elif key in content:
            content[key] = overlay(content[key], child, problems, step(spot, key) if spot else None, below)
        else:
            content[key] = child
    return Node(content, variant.file, variant.line)
