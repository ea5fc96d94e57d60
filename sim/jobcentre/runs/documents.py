"""JSON documents of a results folder as models, read with all that is wrong with one told by file, path and fix."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from jobcentre.runs.store import SAME_COMMAND
from jobcentre.scenario import Problem, ScenarioError
from jobcentre.scenario.errors import usage_error

Format = Literal[1]
#: Where a document is of another format, or of before there was one.
OTHER_FORMAT = "give the command that made the folder again, or use the version that made it"
A_FOLDER = "name a folder that jobcentre run, compare, sweep, staffing or select has made"
MOST_BYTES = 500_000_000
MOST_PROBLEMS = 20
JSON_NAMES: Mapping[type, str] = {dict: "object", list: "list", str: "text", int: "whole number", float: "number", bool: "true or false"}


class JsonDocument(BaseModel):
    """A part of a document: nothing is converted, nothing is overlooked."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def _sha256(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise ValueError("should be a SHA-256 of 64 hexadecimal digits")
    return text


def _scenario_name(text: str) -> str:
    if not text or text in (".", "..") or set(text) & set("/\\:\0"):
        raise ValueError("should be the name of a scenario")
    return text


Sha256 = Annotated[str, AfterValidator(_sha256)]
ScenarioName = Annotated[str, AfterValidator(_scenario_name)]
Count = Annotated[int, Field(ge=0)]
Seed = Annotated[int, Field(ge=0, lt=2**64)]
Model = TypeVar("Model", bound=JsonDocument)


def read_document(file: Path, model: type[Model]) -> Model:
    """A document of this model; ScenarioError with all that is wrong with it."""
    content = read_object(file)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        of_format = [one for one in errors if one["loc"] == ("format",)]  # what else differs follows from it
        raise ScenarioError(_problem(file, one) for one in of_format or errors[:MOST_PROBLEMS]) from None


def read_object(file: Path, keys: Mapping[str, type] | None = None) -> dict[str, Any]:
    """A JSON object from an ordinary file, in which values of `keys` have these types."""
    wrong = "there is no such file" if not file.exists() else "is not an ordinary file" if not file.is_file() else ""
    wrong = wrong or "is too large" * (file.stat().st_size > MOST_BYTES)
    if wrong:
        raise usage_error(str(file), wrong, A_FOLDER)
    try:
        content = json.loads(file.read_bytes().decode("utf-8"))
    except (ValueError, RecursionError) as error:
        line, reason = (error.lineno, error.msg) if isinstance(error, json.JSONDecodeError) else (None, str(error))
        raise ScenarioError([Problem(str(file), line, "", f"is not readable as JSON: {reason}", SAME_COMMAND)]) from error
    if not isinstance(content, dict):
        raise usage_error(str(file), "should be an object", SAME_COMMAND)
    for key, kind in (keys or {}).items():
        if not isinstance(content.get(key), kind):
            raise ScenarioError([Problem(str(file), None, key, f"is missing, or no {JSON_NAMES[kind]}", SAME_COMMAND)])
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
