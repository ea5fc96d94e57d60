"""Reports: one HTML file a results folder. The package is itself the function `jobcentre.report(folder)`."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType


class _CallableModule(ModuleType):
    """Python puts a package of this name where the function would stand, so the package has to do what the function does."""

    def __call__(self, folder: str | Path) -> Path:
        """Draws the report of a results folder again, from what is saved there alone; gives the path of the HTML file."""
        from jobcentre.report.page import write_report

        return write_report(Path(folder))


sys.modules[__name__].__class__ = _CallableModule
