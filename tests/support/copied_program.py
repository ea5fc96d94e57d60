"""A copy of the program that can be edited, with the compiled code of the original at hand: only what is edited compiles anew."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

from jobcentre.model.compiling import CACHE
from jobcentre.model.compiling.code_cache import source_hash
from support.places import ROOT, python_path


class Copy:
    """A copied program in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.root, self.kept = folder / "program", folder / "compiled"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "sim", self.root / "sim", ignore=ignored)
        shutil.copytree(ROOT / "scenarios", self.root / "scenarios")
        shutil.copy2(ROOT / "cli.py", self.root / "cli.py")
        assert CACHE is not None
        assert CACHE.folder is not None
        unfinished = shutil.ignore_patterns("*.tmp")  # another process may be compiling
        shutil.copytree(CACHE.folder, self.kept / CACHE.folder.name, ignore=unfinished)

    def edit(self, file: str, old: str, new: str, into: str | None = None) -> None:
        """Replaces what stands exactly once in a file, or writes it so into another."""
        text = (self.root / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{file} has {text.count(old)} times: {old}"
        (self.root / (into or file)).write_text(text.replace(old, new), encoding="utf-8")

    def use_kept_code(self) -> None:
        """Defeats the naming of the folder of compiled code: the original's is used, whatever the sources are."""
        self.edit("sim/jobcentre/model/compiling/code_cache.py", "return digest.hexdigest()[:16]", f'return "{source_hash()}"')

    def python(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs Python in the copy."""
        environment = os.environ | {"PYTHONPATH": python_path(root=self.root), "JOBCENTRE_CACHE_DIR": str(self.kept), "NO_COLOR": "1"}
        run = partial(subprocess.run, capture_output=True, text=True, cwd=self.root, env=environment, timeout=600, check=False)
        return run([sys.executable, *words])

    def verify(self, *words: str) -> tuple[int, str]:
        """Exit status and output of `jobcentre verify`."""
        done = self.python("cli.py", "verify", *words)
        assert all(line.startswith("Compiling the model") for line in done.stderr.splitlines()), done.stderr
        return done.returncode, done.stdout

    def folder_of_compiled_code(self) -> str:
        """The name of the folder that the copy would use."""
        return self.python("-c", "from jobcentre.model.compiling import CACHE; print(CACHE.folder.name)").stdout.strip()
