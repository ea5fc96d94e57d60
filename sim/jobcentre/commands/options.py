"""A command with its example, and the options that commands share."""

from __future__ import annotations

import functools
import inspect
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup

from jobcentre.commands.printing import print_err
from jobcentre.runs.machine import require_address_space

if TYPE_CHECKING:
    from jobcentre.runs.execute import ExecutionOptions

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


class CommandList(TyperGroup):
    """The list of commands, which begins with an example."""

    example = "jobcentre compare oxford_before oxford_surge_step --runs 20"

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Writes the example above the usage."""
        formatter.write(f"Example: {self.example}\n\n")
        super().format_usage(ctx, formatter)


class Record:
    """Options that commands share, as the annotated attributes of a class. No dataclass: to make those takes as long as all of help."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)

    def get_ready(self) -> None:
        """Begins what takes a while, before the command itself begins."""

    @classmethod
    @functools.cache
    def parameters(cls) -> list[inspect.Parameter]:
        """One parameter of a command for each attribute."""
        return [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=getattr(cls, name), annotation=kind)
            for name, kind in get_type_hints(cls, include_extras=True).items()
        ]


def command(example: str) -> Callable[[Function], Function]:
    """Makes a function a command with this example.

    A parameter that is a Record becomes one option for each of its fields. Every command also takes --seed, --jobs and --out,
    where they change nothing.
    """

    def made(function: Function) -> Function:
        own = inspect.signature(function, eval_str=True).parameters
        records = {
            name: field.annotation.parameters()
            for name, field in own.items()
            if isinstance(field.annotation, type) and issubclass(field.annotation, Record)
        }
        options = [option for name, field in own.items() for option in records.get(name, [field])]
        more = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
            for name, kind in _ALWAYS_TAKEN.items()
            if name not in {option.name for option in options}
        ]

        @functools.wraps(function)
        def call(**values: Any) -> int:
            require_address_space()
            packed = {
                name: own[name].annotation(**{field.name: values[field.name] for field in fields}) for name, fields in records.items()
            }
            for record in packed.values():
                record.get_ready()
            return function(**{name: packed.get(name, values.get(name)) for name in own})

        call.__signature__ = inspect.Signature([*options, *more])  # type: ignore[attr-defined]
        call.example = example  # type: ignore[attr-defined]
        return call

    return made


#: Options and metrics by the names they had before version 0.2.
RENAMED = {"--sets": "--draws", "eased_share": "flexibility_share"}


def current_names(arguments: Sequence[str]) -> list[str]:
    """Replaces former names on a command line; a note on standard error gives the present name. Numbers stand in the digits 0 to 9."""
    current = []
    for word in arguments:
        if re.search(r"\d_\d|[^\W\D0-9]", word):
            _refuse_other_digits(word)
        former = re.match(r"[\w-]+", word)
        name = RENAMED.get(former[0]) if former else None
        if former is not None and name is not None:
            print_err(f"note: `{former[0]}` is now called `{name}`")
            word = name + word[former.end() :]
        current.append(word)
    return current


def _refuse_other_digits(word: str) -> None:
    from jobcentre.scenario.errors import usage_error
    from jobcentre.scenario.numbers import in_other_digits

    option, _, value = word.rpartition("=")
    if fix := in_other_digits(value):
        raise usage_error(option or "the command line", f"`{value}` is not written in the digits 0 to 9", fix)


def _current_engine_name(name: str) -> str:
    """The engine's name; the former name of `simpy` is still understood."""
    if name != "reference":
        return name
    print_err("note: the engine `reference` is now called `simpy`")
    return "simpy"


File = Annotated[str, typer.Argument(metavar="FILE", help="A scenario file, or the bare name of one under scenarios/.")]
Runs = Annotated[int | None, typer.Option(min=1, max=100_000, help="Number of runs; 50 unless given.")]
PrecisionTarget = Annotated[
    list[str] | None,
    typer.Option(
        "--precision",
        metavar="PRECISION",
        help="As many runs as it takes: matters (half of the smallest difference that matters), 5% of the mean, or overloaded_share=0.01.",
    ),
]
MaxRuns = Annotated[int, typer.Option(min=25, max=100_000, help="With --precision: the most runs.")]
Seed = Annotated[int, typer.Option(min=0, max=2**64 - 1, help="Seed of all random numbers.")]
Jobs = Annotated[int | None, typer.Option(min=0, max=1024, help="Processes, if memory allows; 0: in this one. Without it one per core.")]
Engine = Annotated[str, typer.Option(callback=_current_engine_name, help="compiled (fast) or simpy (easy to read); both give the same.")]
Out = Annotated[Path, typer.Option(help="Folder that receives the experiment's folder.")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Another value for a figure; may be repeated.")]
Weeks = Annotated[int | None, typer.Option(min=1, help="Counted weeks instead of those of the scenario.")]
Window = Annotated[
    str | None,
    typer.Option(
        "--window",
        metavar="FROM:TO",
        help="Over which dates headlines are taken, if not from the change on: runs of their own.",
    ),
]
Events = Annotated[bool, typer.Option("--events", help="Keep the event log of every run.")]
Responses = Annotated[
    bool, typer.Option("--responses/--no-responses", help="Also make the runs with the other responses to strain (low, central, high).")
]
Target = Annotated[
    list[str] | None,
    typer.Option("--target", metavar="CONDITION", help='Exit status 1 if the whole interval misses, for example, "missed_share@lcw<=0.2".'),
]
FailIf = Annotated[
    list[str] | None,
    typer.Option("--fail-if", metavar="CONDITION", help='Exit status 1 if the whole interval has, for example, "overloaded_share>0.2".'),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit status 1 also if an interval does not decide a --target or --fail-if.")]
Sites = Annotated[
    str | None,
    typer.Option("--sites", metavar="TABLE", help="Offices of a table: a CSV file, or the bare name of one under scenarios/sites/."),
]
TipsOver = Annotated[
    str | None,
    typer.Option(
        "--tips-over", metavar="CONDITION", help="With --sites: when an office-year tips over; overloaded_share>0.5 unless given."
    ),
]
Cluster = Annotated[
    str | None, typer.Option("--cluster", metavar="ADDRESS", help="Make runs on the workers of a Dask scheduler, tcp://HOST:PORT.")
]
ClusterTls = Annotated[
    tuple[Path, Path, Path] | None,
    typer.Option("--cluster-tls", metavar="CA CERT KEY", help="With --cluster tls://HOST:PORT: authority, own certificate and key (PEM)."),
]
SharedStore = Annotated[
    Path | None, typer.Option("--store", metavar="DIR", help="A store that experiments share: runs found there are not made again.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say how many runs there are, how long they take and where they go; make none.")]
RetryFailed = Annotated[bool, typer.Option("--retry-failed", help="Try runs again that failed before.")]
Parquet = Annotated[bool, typer.Option("--parquet", help="Also write metrics.parquet.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress and no messages.")]


class Execution(Record):
    """Options of making runs and printing, none of which changes a result."""

    jobs: Jobs = None
    engine: Engine = "compiled"
    out: Out = Path("outputs")
    cluster: Cluster = None
    cluster_tls: ClusterTls = None
    shared: SharedStore = None
    dry_run: DryRun = False
    as_json: AsJson = False
    quiet: Quiet = False

    def get_ready(self) -> None:
        """Starts the process from which workers are forked: it imports what they need while the command reads its scenarios."""
        if self.jobs != 0 and self.cluster is None and not self.dry_run:
            from jobcentre.runs.processes import start_fork_server

            start_fork_server()

    def options(self, responses: bool = False, retry_failed: bool = True) -> ExecutionOptions:
        """Gives the options as studies take them; checks the cluster and its versions, and announces a compilation."""
        from jobcentre.commands.progress import announce_compiling, note_printer, progress
        from jobcentre.runs.execute import ExecutionOptions
        from jobcentre.runs.worker import default_jobs
        from jobcentre.scenario.errors import usage_error
        from jobcentre.studies.request import engine_of, store_of

        engine, shared = engine_of(self.engine), store_of(self.shared)
        jobs = default_jobs() if self.jobs is None else self.jobs
        workers, tls = max(jobs, 1), None
        if self.cluster_tls is not None and self.cluster is None:
            raise usage_error("--cluster-tls", "is for a cluster", "give its address as well: --cluster tls://HOST:8786")
        if self.cluster is not None:
            from jobcentre.runs.cluster import tls_files, workers_of

            tls = tls_files(*self.cluster_tls) if self.cluster_tls is not None else None
            workers = workers_of(self.cluster, tls)
        announce_compiling(self.quiet)
        return ExecutionOptions(
            jobs, engine, command_line=["jobcentre", *sys.argv[1:]], progress=progress(self.quiet, workers), note=note_printer(self.quiet),
            responses=responses, workers=workers, cluster=self.cluster, cluster_tls=tls,
            shared=None if self.dry_run else shared, retry_failed=retry_failed,
        )  # fmt: skip


class KeepingExecution(Execution):
    """The same, with files to keep in addition to the tables."""

    events: Events = False
    parquet: Parquet = False

    def options(self, responses: bool = False, retry_failed: bool = True) -> ExecutionOptions:
        """Gives the options as studies take them."""
        return super().options(responses, retry_failed)._replace(all_events=self.events, parquet=self.parquet)


class ScenarioOptions(Record):
    """Options that hold for all scenarios of a command."""

    seed: Seed = 1
    sets: Sets = None
    weeks: Weeks = None
    window: Window = None


class Replication(ScenarioOptions):
    """The number of runs, or what decides it."""

    runs: Runs = None
    precision: PrecisionTarget = None
    max_runs: MaxRuns = 1600


Uncertainty = Annotated[
    bool, typer.Option("--uncertainty", help="Also test which uncertain inputs could reverse the order of the options (minutes).")
]
EnsembleFile = Annotated[
    Path | None,
    typer.Option("--ensemble", metavar="FILE", help="Members of an ensemble file instead of draws; draw and calibrate make them."),
]
Draws = Annotated[int, typer.Option("--draws", min=20, max=10_000, help="With --uncertainty: draws of all uncertain inputs, a run each.")]


class RunOptions(KeepingExecution, Replication):
    """Options of `run` and `compare`: also in which offices, and on which conditions the exit status depends."""

    sites: Sites = None
    tips_over: TipsOver = None
    target: Target = None
    fail_if: FailIf = None
    strict: Strict = False
    responses: Responses = True


class CompareOptions(RunOptions):
    """The same, with what could reverse a comparison."""

    uncertainty: Uncertainty = False
    draws: Draws = 200
    ensemble: EnsembleFile = None
