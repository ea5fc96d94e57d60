"""Options of the test run, and the fixture that runs a command line."""

from __future__ import annotations

import os
import signal

import pytest

from jobcentre.commands import app
from jobcentre.commands.output import print_error
from jobcentre.runs.execute import precompile_all
from jobcentre.runs.processes import start_fork_server
from support.places import python_path


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--refresh-frozen", action="store_true", help="write the frozen results anew; review the difference before committing it"
    )


def pytest_configure() -> None:
    """Jobs of a script are begun so that they ignore Ctrl-C, and all that they begin does: here it is to work."""
    os.environ["PYTHONPATH"] = python_path()  # every process of the tests runs this checkout
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # the tests were begun with nohup
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


KINDS = {"rules", "cases", "invariants", "theory", "frozen", "engines", "cli", "browser", "documents", "library"}
#: The kind of tests that do not name one, by folder.
KIND_OF_FOLDER = {"stats": "theory", "validation": "theory", "commands": "cli", "documentation": "documents", "library": "library"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives every test a kind: its own, or that of its folder."""
    for item in items:
        if not KINDS.intersection(mark.name for mark in item.iter_markers()):
            item.add_marker(KIND_OF_FOLDER.get(item.path.parent.name, "cases"))


@pytest.fixture(scope="session")
def refresh_frozen(request: pytest.FixtureRequest) -> bool:
    """Whether frozen results are to be written instead of compared."""
    return bool(request.config.getoption("--refresh-frozen"))


@pytest.fixture(scope="session", autouse=True)
def compiled_model() -> None:
    """Both engines compiled, or read from disk, before the first test: none has to wait, or to expect the message.

    Workers are forked from a process that has the environment of now, whatever a test changes in it.
    """
    precompile_all(lambda _share: None)
    start_fork_server()


@pytest.fixture
def wide(monkeypatch):
    """A terminal so wide that no table is folded."""
    monkeypatch.setattr("jobcentre.commands.printing.width", lambda: 600)


@pytest.fixture
def raised(monkeypatch):
    """The errors that ended commands, as they were raised."""
    errors = []
    monkeypatch.setattr(app, "print_error", lambda error, as_json: errors.append(error) or print_error(error, as_json))
    return errors


@pytest.fixture
def jobcentre(capsys, tmp_path, monkeypatch):
    """Runs a command line in an empty folder: exit status, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def call(*words):
        with pytest.raises(SystemExit) as ended:
            app.main(words)
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return call
