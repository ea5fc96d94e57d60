"""The page on kills: a short sweep is killed at random moments, started again, and compared byte for byte with one left alone."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from jobcentre.runs import locks, store
from jobcentre.runs.folder import MANIFEST
from jobcentre.runs.worker import AHEAD
from validation.pages import SEED, table

ROOT = Path(__file__).parents[1]
AXIS, POINTS, RUNS = "demand.unscheduled_per_post_day", (100, 108), 60
PLANNED = len(POINTS) * RUNS
#: Some seconds of runs, in a model that is mostly chance.
SWEEP = (
    "sweep", "mg1", "--set", f"{AXIS}={','.join(map(str, POINTS))}", "--weeks", "2", "--runs", str(RUNS), "--quiet",
)  # fmt: skip
#: Kills after which the time of an undisturbed command is measured anew: others use the machine too.
MEASURED_EVERY = 10
#: Times that a moment is tried if the command has ended before it.
TRIES = 5
FIFTHS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.01)
LOOK, PATIENCE = 0.005, 600.0


class Blow(NamedTuple):
    """A signal, its target and its name."""

    words: str
    number: int
    to: str  # command; group, as a terminal does; worker


BLOWS = (
    Blow("kill -9, the command", signal.SIGKILL, "command"),
    Blow("kill -9, a worker", signal.SIGKILL, "worker"),
    Blow("SIGTERM, the command", signal.SIGTERM, "command"),
    Blow("SIGINT, as Ctrl-C", signal.SIGINT, "group"),
) if sys.platform != "win32" else ()  # fmt: skip
#: How a command may end when it is hit: by the signal, or, where Python takes it, as an interruption.
ENDS = {
    "command": (-signal.SIGKILL, 143, -signal.SIGTERM) if sys.platform != "win32" else (),
    "group": (130, -signal.SIGINT),
    "worker": (0,),
}


class Undisturbed(NamedTuple):
    """A command that was left alone: its seconds, and from when to when it had workers."""

    seconds: float
    workers: tuple[float, float]
    contents: Mapping[str, Any]


class Killed(NamedTuple):
    """One kill, and what the same command did afterwards."""

    blow: Blow
    jobs: int
    share: float  # of the time that an undisturbed one takes
    status: int  # of the killed command
    stored: int  # runs in the store when it had ended
    at_blow: int  # runs in the store when it was hit
    status_again: int
    said_again: str
    made_again: int
    identical: bool

    @property
    def sound(self) -> bool:
        """Whether nothing finished was made again, and all is as it would have been."""
        ended_well = self.status in ENDS[self.blow.to] and (self.status_again, self.said_again) == (0, "")
        return ended_well and self.identical and self.nothing_twice and self.stored >= self.at_blow

    @property
    def nothing_twice(self) -> bool:
        """Whether the second command made just what was not stored."""
        return self.stored + self.made_again == PLANNED


Tell = Callable[[int, Killed], None]


def kills_page(number: int = 100) -> str:
    """The page on so many kills."""
    with tempfile.TemporaryDirectory() as folder:
        return page_of(list(kills(number, Path(folder), tell=_tell)))


def kills(
    number: int, folder: Path, seed: int = SEED, tell: Callable[[int, Killed], None] = lambda _number, _one: None
) -> Iterator[Killed]:
    """Kills so many commands, each in a folder of its own, at moments that only the seed decides."""
    chance = random.Random(seed)
    alone: dict[int, Undisturbed] = {}
    for index in range(number):
        blow, jobs, share = BLOWS[index % len(BLOWS)], 1 + index // len(BLOWS) % 2, chance.random()
        for again in range(TRIES):
            if index % MEASURED_EVERY == 0 or again or jobs not in alone:
                alone[jobs] = undisturbed(jobs, folder / f"alone-{index}-{again}")
            killed = kill(blow, jobs, share, alone[jobs], folder / f"killed-{index}-{again}")
            if killed is not None:
                if killed.sound:
                    shutil.rmtree(folder / f"killed-{index}-{again}")
                tell(index, killed)
                yield killed
                break
        else:
            raise RuntimeError(f"the command ended before kill {index} {TRIES} times")


def undisturbed(jobs: int, place: Path) -> Undisturbed:
    """Lets the command run, and looks at it."""
    begun = time.monotonic()
    process = start(jobs, place)
    counts = []
    while process.poll() is None:
        if workers_of(process.pid):
            counts.append(time.monotonic() - begun)
        time.sleep(LOOK)
    seconds = time.monotonic() - begun
    errors = process.communicate()[1].decode(errors="replace")
    if process.returncode or not counts:
        raise RuntimeError(f"an undisturbed command ended with {process.returncode}: {errors}")
    return Undisturbed(seconds, (counts[0], counts[-1]), contents(place))


def kill(blow: Blow, jobs: int, share: float, alone: Undisturbed, place: Path) -> Killed | None:
    """Kills a command at that share of its time (of the time it has workers, if one of them is hit), and starts it again.

    None if it had ended before.
    """
    first, last = alone.workers if blow.to == "worker" else (0.0, alone.seconds)
    moment = first + share * (last - first)
    begun = time.monotonic()
    process = start(jobs, place)
    time.sleep(max(0.0, begun + moment - time.monotonic()))
    at_blow = _hit(process, blow, place)
    process.communicate(timeout=PATIENCE)
    if at_blow is None:
        return None
    if blow.to != "worker" and process.returncode == 0:  # it was as good as ended
        return None
    stored = max(0, stored_runs(place, left=True))
    again = start(jobs, place)
    errors = again.communicate(timeout=PATIENCE)[1]
    manifest = (
        json.loads(next(place.rglob(MANIFEST)).read_text(encoding="utf-8"))["commands"][-1]["runs_made"] if not again.returncode else -1
    )
    same = contents(place) == alone.contents
    return Killed(
        blow,
        jobs,
        moment / alone.seconds,
        process.returncode,
        stored,
        max(0, at_blow),
        again.returncode,
        errors.decode(errors="replace"),
        manifest,
        same,
    )


def _hit(process: subprocess.Popen[bytes], blow: Blow, place: Path) -> int | None:
    """Sends the signal, to a worker as soon as there is one; gives the runs stored just before, None if nobody was there."""
    while process.poll() is None:
        hit = {"command": [process.pid], "group": [-process.pid], "worker": workers_of(process.pid)[-1:]}[blow.to]
        if hit:
            stored = stored_runs(place)
            if process.poll() is not None:
                return None
            with contextlib.suppress(ProcessLookupError):
                os.kill(hit[0], blow.number)
                return stored
        time.sleep(LOOK)
    return None


def start(jobs: int, place: Path) -> subprocess.Popen[bytes]:
    """The command, in a process and a session of its own."""
    place.mkdir(parents=True, exist_ok=True)
    return subprocess.Popen(
        [sys.executable, str(ROOT / "cli.py"), *SWEEP, "--jobs", str(jobs)],
        cwd=place, env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "sim"), str(ROOT)]), "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def children_of(process: int) -> list[int]:
    """Processes that a process began, whichever of its threads did."""
    children: list[int] = []
    for task in Path("/proc").glob(f"{process}/task/*/children"):
        with contextlib.suppress(OSError, ValueError):
            children += [int(word) for word in task.read_text(encoding="ascii").split()]
    return children


def workers_of(command: int) -> list[int]:
    """Processes that make its runs: the children of the one that begins them."""
    return [worker for child in children_of(command) for worker in children_of(child)]


def stored_runs(place: Path, left: bool = False) -> int:
    """Runs in the store below a folder; -1 while there is none.

    Of one that a killed command left a copy is read: reading takes back what was half written, which the next command shall have to do.
    """
    for file in place.rglob(store.FILE):
        with tempfile.TemporaryDirectory() as folder, contextlib.suppress(sqlite3.Error):
            if left:
                for part in file.parent.glob(f"{store.FILE}*"):
                    shutil.copy(part, folder)
            where = f"file:{Path(folder) / store.FILE}" if left else f"file:{file}?mode=ro"
            with contextlib.closing(sqlite3.connect(where, uri=True)) as connection:
                return int(connection.execute("select count(*) from run").fetchone()[0])
    return -1


def contents(place: Path) -> dict[str, Any]:
    """All files below a folder but the lock; of the manifest all but its list of commands."""
    values: dict[str, Any] = {}
    for path in place.rglob("*"):
        if path.is_file() and path.name not in locks.LOCKS:
            values[path.relative_to(place).as_posix()] = path.read_bytes()
            if path.name == MANIFEST:
                manifest = json.loads(path.read_text(encoding="utf-8"))
                values[path.relative_to(place).as_posix()] = {key: value for key, value in manifest.items() if key != "commands"}
    return values


def page_of(killed: list[Killed]) -> str:
    """The page."""
    sound, left = sum(killed_run.sound for killed_run in killed), [killed_run for killed_run in killed if killed_run.blow.to != "worker"]
    again = sum(killed_run.made_again for killed_run in left)
    rows = [
        [str(place), killed_run.blow.words, str(killed_run.jobs), f"{100 * killed_run.share:.0f} %", str(killed_run.at_blow), str(killed_run.status), str(killed_run.stored),
         str(killed_run.made_again), "yes" if killed_run.identical else "no"]
        for place, killed_run in enumerate(killed, start=1)
    ]  # fmt: skip
    by_blow = [
        [
            blow.words,
            str(len(of_blow)),
            str(sum(killed_run.identical for killed_run in of_blow)),
            str(sum(killed_run.nothing_twice for killed_run in of_blow)),
        ]
        for blow in BLOWS
        if (of_blow := [killed_run for killed_run in killed if killed_run.blow == blow])
    ]
    phases = [sum(low <= killed_run.share < high for killed_run in killed) for low, high in pairwise(FIFTHS)]
    among = [
        sum(killed_run.at_blow == 0 for killed_run in killed),
        sum(0 < killed_run.at_blow < PLANNED for killed_run in killed),
        sum(killed_run.at_blow == PLANNED for killed_run in killed),
    ]
    return "\n\n".join([
        "# A sweep that is killed goes on where it stopped",
        f"{len(killed)} kills; made by `python -m validation kills`.",
        f"**{sound} of {len(killed)} came to the same bytes, and made nothing again that was finished.** The command hit ended with the "
        "status of its signal, and the same command afterwards with status 0 and without a word of complaint.",
        table(["what was sent", "kills", "same bytes", "nothing finished made again"], by_blow),
        "## How",
        f"    jobcentre {' '.join(SWEEP)} --jobs 1",
        f"{len(POINTS)} points of {RUNS} runs, in turn with one process and with two. It is left alone first, and timed. Then each kill begins it in an "
        "empty folder, waits for its moment, sends the signal, and gives the same command again at once. All files of the folder are then compared "
        "with those of the command left alone, byte for byte, but for the lock, which is empty, and the list of commands in `manifest.json`, which says "
        f"when each began. The moments are drawn with a fixed seed, evenly over the time the command took when left alone, which is measured again "
        f"after every {MEASURED_EVERY} kills; if a command ends before its moment, that kill is tried again. A worker is hit while there are any.",
        "Kills by fifths of that time, first to last: " + ", ".join(map(str, phases)) + ". The first of them hit the start, the last ones the tables, "
        "the settling of the store, the logs of example runs and the report. When the signal was sent, no run was stored in "
        f"{among[0]} cases, some but not all in {among[1]}, all in {among[2]}.",
        f"Runs are stored in blocks of at most a second, and a run that was made but not stored is made again: that is all that a kill costs. In "
        f"the {len(left)} kills of a command the second one made {again:,} of {len(left) * PLANNED:,} runs, exactly those that were not stored. A "
        f"process has at most two blocks in hand, so that the two commands together make at most two blocks a process more than there are runs: here {in_hand(1)} runs with one process and {in_hand(2)} with two, milliseconds each. A "
        "killed worker costs its blocks alone: its command goes on.",
        "## Each kill",
        "*Stored at the kill* was read just before the signal, *stored* when the command had ended.",
        table(["kill", "sent", "processes", "moment", "stored at the kill", "status", "stored", "made by the second command", "identical"], rows),
    ]) + "\n"  # fmt: skip


def in_hand(jobs: int) -> int:
    """Most runs that processes may have in hand: the first blocks after the run that is made alone, if they are not cut to a second."""
    left = PLANNED - 1
    for _ in range(AHEAD * jobs):
        left -= max(1, left // (2 * jobs))
    return PLANNED - 1 - left


def _tell(number: int, killed: Killed) -> None:
    text = f"{number + 1}: {killed.blow.words}, {killed.jobs} processes, {100 * killed.share:.0f} %: {killed.stored} stored, {killed.made_again} made again"
    print(f"{text}: {'sound' if killed.sound else f'NOT SOUND {killed}'}", file=sys.stderr, flush=True)
