"""One run in progress: the office's state between steps, room for its next day, and the log so far."""

from __future__ import annotations

from jobcentre.model.compiling.handle import handle_of
from jobcentre.model.events import EventLog
from jobcentre.model.inputs import Inputs
from jobcentre.model.state import FAILURES, Arrays, is_ready, new_office, with_room
from jobcentre.model.steps.start import start_office


class RunStopped(RuntimeError):
    """A run that cannot go on, with the reason."""


class RunInProgress:
    """A run's office and its log; both engines advance it."""

    def __init__(self, inputs: Inputs, seed: int, run: int) -> None:
        if not 0 <= seed < 1 << 64:
            raise ValueError("the seed must be a whole number from 0 to 18446744073709551615")
        if not 0 <= run < 1 << 32:
            raise ValueError("the number of the run must be a whole number from 0 to 4294967295")
        self.inputs = inputs
        self.days = inputs.run_days
        self.state: Arrays = new_office(inputs, seed, run)
        self.office = handle_of(self.state)
        self.posts = len(self.state.coaches)
        start_office(self.office)

    def make_room(self) -> None:
        """Makes room for another day in the log and the state, or stops the run with a message."""
        if is_ready(self.office):
            return
        self._check()
        self.state = with_room(self.state)
        self.office = handle_of(self.state)

    def _check(self) -> None:
        failure = int(self.state.now["failure"][0])
        if failure:
            raise RunStopped(f"the run stopped on day {int(self.state.now['day'][0])}: {FAILURES[failure]}")

    def woken(self) -> list[int]:
        """Posts whose coaches have a turn at this instant."""
        count = int(self.state.now["woken"][0])
        if count == 0:
            return []
        self.state.now["woken"][0] = 0
        return [int(post) for post in self.state.wake[:count]]

    def log(self) -> EventLog:
        """The event log of the finished run."""
        self._check()
        rows = self.state.log[: int(self.state.now["rows"][0])]
        return EventLog(rows, self.inputs.group_names, self.inputs.first_day.isoformat())
