"""JSON documents of a results folder as models, read with all that is wrong with one told by file, path and fix."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from jobcentre.model.events import DIGEST
from jobcentre.runs.store import SAME_COMMAND
from jobcentre.scenario import Problem, ScenarioError
from jobcentre.scenario.errors import usage_error

#: Where a document is of another format, or of before there was one.
OTHER_FORMAT = "give the command that made the folder again, or use the version that made it"
A_FOLDER = "name a folder that jobcentre run, compare, sweep, staffing or select has made"
#: Of the manifest: one digest for each of some million runs.
MOST_MANIFEST_BYTES = 500_000_000
MOST_BYTES = 50_000_000
#: Of a file that is read piece by piece.
MOST_KEPT_BYTES = 100_000_000_000
MOST_PROBLEMS = 20
#: Numbers of results are far below it; their squares and sums are finite.
MOST = 1e18
MOST_COUNT = 2**32 - 1


class JsonDocument(BaseModel):
    """A part of a document: nothing is converted, nothing is overlooked."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def _sha256(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise ValueError("should be a SHA-256 of 64 hexadecimal digits")
    return text


def _digest_of_log(text: str) -> str:
    if not re.fullmatch(rf"{DIGEST}:[0-9a-f]{{32}}", text):
        raise ValueError(f"should be `{DIGEST}:` and 32 hexadecimal digits")
    return text


def _scenario_name(text: str) -> str:
    if not text or text in (".", "..") or set(text) & set("/\\:\0"):
        raise ValueError("should be the name of a scenario")
    return text


Sha256 = Annotated[str, AfterValidator(_sha256)]
LogDigest = Annotated[str, AfterValidator(_digest_of_log)]
ScenarioName = Annotated[str, AfterValidator(_scenario_name)]
Count = Annotated[int, Field(ge=0, le=MOST_COUNT)]
Finite = Annotated[float, Field(ge=-MOST, le=MOST)]
Seed = Annotated[int, Field(ge=0, lt=2**64)]
Model = TypeVar("Model", bound=JsonDocument)


def kept_file(folder: Path, name: str, most: int = MOST_KEPT_BYTES) -> Path:
    """An ordinary file inside a results folder, of at most so many bytes; ScenarioError where it is another thing."""
    path = folder / name
    try:
        inside, size = path.resolve().is_relative_to(folder.resolve()), path.stat().st_size
    except FileNotFoundError as error:
        raise usage_error(str(path), "is missing", SAME_COMMAND) from error
    except RuntimeError as error:  # links in a circle
        raise usage_error(str(path), "is a link to itself", SAME_COMMAND) from error
    wrong = "is a link that leads out of the folder" * (not inside) or "is not an ordinary file" * (not path.is_file())
    if wrong:  # a pipe would be waited for
        raise usage_error(str(path), wrong, SAME_COMMAND)
    if size > most:
        raise usage_error(str(path), f"is too large: {size:,} bytes, and at most {most:,} are read", SAME_COMMAND)
    return path


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file, which is read piece by piece."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def read_document(file: Path, model: type[Model], most: int = MOST_BYTES) -> Model:
    """A document of this model; ScenarioError with all that is wrong with it."""
    content = read_object(file, most)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        of_format = [one for one in errors if one["loc"] == ("format",)]  # what else differs follows from it
        raise ScenarioError(_problem(file, one) for one in of_format or errors[:MOST_PROBLEMS]) from None


def read_object(file: Path, most: int = MOST_BYTES) -> dict[str, Any]:
    """A JSON object from an ordinary file of at most so many bytes."""
    if not file.exists() and not file.is_symlink():
        raise usage_error(str(file), "there is no such file", A_FOLDER)
    kept_file(file.parent, file.name, most)
    try:
        content = json.loads(file.read_bytes().decode("utf-8"))
    except (ValueError, RecursionError) as error:
        line, reason = (error.lineno, error.msg) if isinstance(error, json.JSONDecodeError) else (None, str(error))
        raise ScenarioError([Problem(str(file), line, "", f"is not readable as JSON: {reason}", SAME_COMMAND)]) from error
    if not isinstance(content, dict):
        raise usage_error(str(file), "should be an object", SAME_COMMAND)
    return content


def _problem(file: Path, error: Any) -> Problem:
    """One of pydantic's errors; that of a union of requests names the kind, which is no part of the path."""
    parts = [part for part in error["loc"] if part != "[key]"]
    if parts[:1] == ["request"]:
        del parts[1:2]
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).lstrip(".")
    own = {"missing": "is missing", "extra_forbidden": "is not known here"}
    message = own.get(error["type"]) or error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return Problem(str(file), None, path, message, OTHER_FORMAT if path == "format" else SAME_COMMAND)
