"""What every command has: a help page that begins with an example, and the options that scripts may always give."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

Function = Callable[..., int]

_ALWAYS_TAKEN = {
    "seed": Annotated[int | None, typer.Option(hidden=True)],
    "jobs": Annotated[int | None, typer.Option(hidden=True)],
    "out": Annotated[Path | None, typer.Option(hidden=True)],
}


class Command(TyperCommand):
    """A command whose help page begins with an example."""

    @property
    def example(self) -> str:
        """A command line that works."""
        return str(getattr(self.callback, "example"))  # noqa: B009 - set by `command`, unknown to the type of a function

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Writes the example above the usage."""
        formatter.write(f"Example: {self.example}\n\n")
        super().format_usage(ctx, formatter)


class Group(TyperGroup):
    """The list of commands, which begins with an example."""

    example = "jobcentre compare oxford_before oxford_surge_step --runs 20"

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Writes the example above the usage."""
        formatter.write(f"Example: {self.example}\n\n")
        super().format_usage(ctx, formatter)


def command(example: str) -> Callable[[Function], Function]:
    """Makes a function a command with this example; it also takes --seed, --jobs and --out where they change nothing."""

    def made(function: Function) -> Function:
        own = inspect.signature(function, eval_str=True).parameters
        more = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
            for name, kind in _ALWAYS_TAKEN.items()
            if name not in own
        ]

        @functools.wraps(function)
        def call(**given: Any) -> int:
            return function(**{name: value for name, value in given.items() if name in own})

        call.__signature__ = inspect.Signature([*own.values(), *more])  # type: ignore[attr-defined]
        call.example = example  # type: ignore[attr-defined]
        return call

    return made
