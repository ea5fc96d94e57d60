"""Options that several commands share."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

File = Annotated[str, typer.Argument(metavar="FILE", help="A scenario file, or the bare name of one under scenarios/.")]
Runs = Annotated[int, typer.Option(min=1, max=100_000, help="Number of runs.")]
Seed = Annotated[int, typer.Option(min=0, max=2**64 - 1, help="Seed of all random numbers.")]
Jobs = Annotated[int | None, typer.Option(min=0, max=1024, help="Processes, if memory allows; 0: in this one. Without it one per core.")]
Engine = Annotated[str, typer.Option(help="compiled (fast) or reference (SimPy); both give the same.")]
Out = Annotated[Path, typer.Option(help="Folder that receives the experiment's folder.")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Another value for a figure; may be repeated.")]
Weeks = Annotated[int | None, typer.Option(min=1, help="Counted weeks instead of those of the scenario.")]
Events = Annotated[bool, typer.Option("--events", help="Keep the event log of every run.")]
FailIf = Annotated[
    list[str] | None, typer.Option("--fail-if", metavar="EXPR", help='Exit status 1 if, for example, "overloaded_share>0.2".')
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
_UNUSED = {
    "seed": Annotated[int | None, typer.Option(hidden=True)],
    "jobs": Annotated[int | None, typer.Option(hidden=True)],
    "out": Annotated[Path | None, typer.Option(hidden=True)],
}
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress and no messages.")]


def accepts_more(function: Callable[..., int]) -> Callable[..., int]:
    """Lets a command also take --seed, --jobs and --out where they change nothing: scripts may give them always."""
    own = inspect.signature(function, eval_str=True).parameters.values()
    more = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind) for name, kind in _UNUSED.items()]
    names = {parameter.name for parameter in own}

    @functools.wraps(function)
    def call(**given: Any) -> int:
        return function(**{name: value for name, value in given.items() if name in names})

    call.__signature__ = inspect.Signature([*own, *(one for one in more if one.name not in names)])  # type: ignore[attr-defined]
    return call
