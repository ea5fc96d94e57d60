"""What every worker needs, imported and read once by the process from which workers are forked; none of it starts a thread."""

from __future__ import annotations

import contextlib

from jobcentre.model import compiled_engine, prepare  # noqa: F401 - for the workers
from jobcentre.model.precompile import is_precompiled, precompile
from jobcentre.runs import worker  # noqa: F401 - for the workers
from jobcentre.runs.processes import put_back_environment
from jobcentre.scenario import load

put_back_environment()
with contextlib.suppress(Exception):  # whatever is wrong, a worker meets it again and says so
    if is_precompiled("compiled"):
        precompile(prepare(load("baseline")))
