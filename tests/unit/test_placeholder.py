"""Values to begin with: for the parameters that people write in models of their own."""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import AnyUrl, BaseModel, Field

from tasks_service.core.document import Document
from tasks_service.core.durations import Duration
from tasks_service.core.jobtype import JobType
from tasks_service.core.placeholder import placeholder
from tasks_service.core.scaffold import scaffold
from tasks_service.core.sizes import Size


class Colour(Enum):
    RED = "red"


class Target(BaseModel):
    host: Annotated[str, Field(min_length=12)]
    port: Annotated[int, Field(gt=0, lt=65536)]
    note: str = ""


class Tree(BaseModel):
    name: str
    children: list["Tree"] = Field(default_factory=list)


KINDS: dict[str, Any] = {
    "text": str,
    "short": Annotated[str, Field(max_length=3)],
    "long": Annotated[str, Field(min_length=40)],
    "example": Annotated[str, Field(pattern="^[A-Z]{2}-[0-9]+$", examples=["AB-1"])],
    "whole": int,
    "least": Annotated[int, Field(ge=7)],
    "above": Annotated[int, Field(gt=7, multiple_of=5)],
    "below": Annotated[int, Field(lt=-3)],
    "most": Annotated[float, Field(le=0.5)],
    "above_part": Annotated[float, Field(gt=0.5, lt=2)],
    "flag": bool,
    "choice": Literal["a", "b"],
    "one": Literal["only"],
    "colour": Colour,
    "mapping": dict[str, int],
    "anything": Any,
    "either": int | str,
    "optional": str | None,
    "words": Annotated[list[str], Field(min_length=2)],
    "numbers": Sequence[Annotated[int, Field(ge=3)]],
    "pair": tuple[int, str],
    "set": set[int],
    "inner": Target,
    "tree": Tree,
    "when": datetime,
    "day": date,
    "span": timedelta,
    "key": UUID,
    "address": AnyUrl,
    "duration": Duration,
    "size": Size,
}


def job_type(params: type[BaseModel]) -> JobType:
    return JobType(name="mine", title="Mine", description="Ours.", params=params)


def model_of(base: type[BaseModel], kind: Any) -> type[BaseModel]:
    return type("Params", (base,), {"__annotations__": {"value": kind}, "__module__": __name__})


STRICT = [name for name in KINDS if name not in ("pair", "set", "when", "day", "span")]
"""What a ``Document`` can hold: it takes JSON as it is, and converts no text and no list."""
CASES = [
    *(pytest.param(BaseModel, kind, id=name) for name, kind in KINDS.items()),
    *(pytest.param(Document, KINDS[name], id=f"{name} of a document") for name in STRICT),
]


@pytest.mark.parametrize(("base", "kind"), CASES)
def test_what_stands_in_the_scaffold_is_accepted(base: type[BaseModel], kind: Any) -> None:
    mine = job_type(model_of(base, kind))
    [parameters] = [entry for entry in scaffold(mine, "a").entries if entry.key == "parameters"]

    given = {entry.key: entry.value for entry in parameters.within}

    assert given.keys() == {"value"}
    assert not parameters.off
    mine.canonical(json.dumps(given))


def test_an_example_goes_before_a_default_and_both_before_a_guess() -> None:
    assert placeholder({"type": "string", "default": "b", "examples": ["a"]}, {}) == "a"
    assert placeholder({"type": "string", "default": "b"}, {}) == "b"


def test_a_type_without_parameters_gets_no_key_for_them() -> None:
    class Nothing(BaseModel):
        pass

    keys = [entry.key for entry in scaffold(job_type(Target), "a").entries]
    bare = [entry.key for entry in scaffold(job_type(Nothing), "a").entries]

    assert set(keys) - set(bare) == {"parameters"}


def test_parameters_that_hold_themselves_are_shown_too() -> None:
    [parameters] = [entry for entry in scaffold(job_type(Tree), "a").entries if entry.key == "parameters"]

    assert {entry.key: entry.off for entry in parameters.within} == {"name": False, "children": True}


def test_a_default_is_shown_as_people_write_it() -> None:
    class Params(Document):
        limit: Size = 2**20
        wait: Duration = timedelta(minutes=5)

    [parameters] = [entry for entry in scaffold(job_type(Params), "a").entries if entry.key == "parameters"]

    assert parameters.off
    assert {entry.key: entry.value for entry in parameters.within} == {"limit": "1MiB", "wait": "5m"}
