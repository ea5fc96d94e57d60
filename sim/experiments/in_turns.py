"""Makes runs in turns: which come next is known only when those before are there. Scenarios may end with unequal numbers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence

from sim import store
from sim.experiments.blocks import Wanted
from sim.experiments.making import How
from sim.experiments.points import AsAsked
from sim.experiments.runners import Make, run_many
from sim.experiments.warming import warm_for_workers
from sim.interruption import deferred
from sim.outputs import Experiment
from sim.store import Run

#: Runs of scenarios as they are (point 0), by scenario and number. Failed ones are in it once they were tried by this
#: command, so that none is tried for ever.
Found = dict[str, dict[int, Run]]
#: From what is there, which grows, to what is wanted in each turn; of a turn all is there before the next is asked for.
Turns = Callable[[Found], Iterator[Sequence[Wanted]]]


def make_in_turns(asked: Experiment, how: How, turns: Turns) -> int:
    """Makes what each turn wants and is not there yet, and keeps it in the experiment's store; gives how many were made.

    The processes stay over all turns. Interrupted, it keeps what is finished, and the same turns go on from there.
    """
    store.make_folder(asked.folder)
    found = found_in(asked)
    coming = turns(found)
    todo: deque[Wanted] = deque()
    done = planned = 0

    def next_turn() -> None:
        nonlocal planned
        while done == planned and (wanted := next(coming, None)) is not None:
            missing = [one for one in wanted if one.run not in found[one.scenario]]
            planned += len(missing)
            todo.extend(missing)

    def keep(runs: Sequence[Run]) -> None:
        nonlocal done
        with deferred(), store.opened(asked.folder) as opened:
            for run in runs:
                store.save(opened, run)
        for run in runs:
            found[run.scenario][run.run] = run
        done += len(runs)
        next_turn()
        how.progress(done, planned)

    next_turn()
    if todo:
        warm_for_workers(asked.scenarios[todo[0].scenario], how.jobs, how.engine)
        how.progress(0, planned)
        run_many(AsAsked(asked.scenarios, asked.seed), todo, Make(how.engine, by_week=False), keep, jobs=how.jobs)
    return done


def found_in(asked: Experiment) -> Found:
    """The runs of the store that ended well."""
    with store.opened(asked.folder) as opened:
        return found_stored(opened, asked)


def found_stored(opened: store.Store, asked: Experiment, failed: bool = False) -> Found:
    """The runs of an open store, those that ended well or also failed ones."""
    return {
        name: {run.run: run._replace(weekly="") for run in store.read(opened, name) if failed or run.failure is None}
        for name in asked.scenarios
    }
