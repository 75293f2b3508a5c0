"""Laws of manifests: schemas and validation agree, digests say what is meant, and nothing hides a second mistake."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from itertools import combinations
from typing import Any

import pytest
import yaml
from document_drafts import COMPLETE, nearly_valid, valid
from fakes import FakeClock
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

from tasks_service.adapters.yaml_manifests import YamlManifests
from tasks_service.core.diagnostics import Loc
from tasks_service.core.durations import Duration
from tasks_service.core.job_schemas import AGGREGATE, schema_files
from tasks_service.core.manifest import JobManifest
from tasks_service.core.sizes import Size
from tasks_service.core.validation import Rulebook
from tasks_service.jobs.job_registry import load_job_types

NOW = datetime(2026, 11, 23, tzinfo=UTC)
RULEBOOK = Rulebook(types=load_job_types())
TEXT = YamlManifests(RULEBOOK, FakeClock(NOW))
TYPES = sorted(RULEBOOK.types)
SIZES: TypeAdapter[int] = TypeAdapter(Size)
DURATIONS: TypeAdapter[Any] = TypeAdapter(Duration)
OF_KEYS = {"JM010", "JM011", "JM015"}
"""Unknown, missing and empty keys: an editor must show these while one types."""


@cache
def schemas() -> dict[str, Draft202012Validator]:
    return {name: Draft202012Validator(json.loads(text)) for name, text in schema_files(RULEBOOK.types).items()}


def accepted(document: dict[str, Any]) -> JobManifest | None:
    return RULEBOOK.check(document, NOW).manifest


def read(text: str) -> JobManifest:
    reading = TEXT.read(text, "job.yaml")
    assert [m.manifest.job_id for m in reading.manifests], reading.problems
    return reading.manifests[0].manifest


@pytest.mark.parametrize("name", sorted(COMPLETE))
def test_a_document_with_every_key_is_valid_for_both(name: str) -> None:
    document = COMPLETE[name]

    assert accepted(document), RULEBOOK.check(document, NOW).findings
    assert list(schemas()[AGGREGATE].iter_errors(document)) == []


@pytest.mark.parametrize("job_type", TYPES)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_what_a_schema_refuses_validation_refuses(job_type: str, data: st.DataObject) -> None:
    document = data.draw(nearly_valid(job_type))
    own = schemas().get(f"{document.get('job_type')}.schema.json", schemas()[AGGREGATE])

    if accepted(document):
        assert list(schemas()[AGGREGATE].iter_errors(document)) == []
        assert list(own.iter_errors(document)) == []


@pytest.mark.parametrize("job_type", TYPES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_an_unknown_a_missing_and_an_empty_key_are_refused_by_the_schema_too(
    job_type: str, data: st.DataObject
) -> None:
    document = data.draw(nearly_valid(job_type))

    shown = [f for f in RULEBOOK.check(document, NOW).findings if f.rule in OF_KEYS]

    assert not shown or not schemas()[AGGREGATE].is_valid(document), shown


def shuffled(value: Any, order: st.DataObject) -> Any:
    if isinstance(value, dict):
        keys = order.draw(st.permutations(list(value)))
        return {key: shuffled(value[key], order) for key in keys}
    return value


def commented(document: dict[str, Any]) -> str:
    parts = (yaml.safe_dump({key: value}, allow_unicode=True, width=4096) for key, value in document.items())
    return "# above\n" + "# between: {\n\n".join(parts) + "  # below\n"


@settings(max_examples=30, deadline=None)
@given(document=valid(), order=st.data())
def test_a_digest_ignores_comments_and_the_order_of_keys(document: dict[str, Any], order: st.DataObject) -> None:
    manifest = accepted(document)
    assert manifest

    again = read(commented(shuffled(document, order)))

    assert again.digest == manifest.digest
    assert again.schedule_digest == manifest.schedule_digest


@settings(max_examples=30, deadline=None)
@given(document=valid())
def test_what_is_written_is_read_as_the_same_job(document: dict[str, Any]) -> None:
    manifest = accepted(document)
    assert manifest

    assert read(TEXT.write(document)).digest == manifest.digest
    assert read(TEXT.write(manifest.given())).digest == manifest.digest


UNITS_OF_SIZE = ["", "B", "KiB", "MiB", "GiB", "KB", "MB", "GB"]


@example(number=999_999_999_999, unit="GB")
@example(number=10_000_000_000_001, unit="")
@example(number=10**30, unit="")
@given(number=st.integers(0, 10**20), unit=st.sampled_from(UNITS_OF_SIZE))
def test_a_size_that_is_accepted_is_read_back_as_it_is_written(number: int, unit: str) -> None:
    for spelled in (f"{number}{unit}", number):
        try:
            size = SIZES.validate_python(spelled)
        except ValidationError:
            continue
        assert SIZES.validate_json(SIZES.dump_json(size), strict=True) == size


@example(text="0.00001s")
@example(text="1234567.5s")
@given(text=st.one_of(st.integers(0, 10**12).map("{}s".format), st.floats(0, 1e10).map("{:f}s".format)))
def test_a_duration_that_is_accepted_is_read_back_as_it_is_written(text: str) -> None:
    try:
        duration = DURATIONS.validate_python(text)
    except ValidationError:
        return
    assert DURATIONS.validate_json(DURATIONS.dump_json(duration), strict=True) == duration


@pytest.mark.parametrize("text", ["\x85", "a\x85b", "\u2028", "a\u2029"])
def test_characters_that_end_lines_elsewhere_survive_being_written_and_read(text: str) -> None:
    changed = {**COMPLETE[min(COMPLETE)], "description": text}
    assert read(TEXT.write(changed)).description == text


@settings(max_examples=30, deadline=None)
@given(document=valid(), key=st.sampled_from(["description", "owner", "suspend_reason"]), text=st.text(max_size=60))
def test_any_text_survives_being_written_and_read(document: dict[str, Any], key: str, text: str) -> None:
    changed = {**document, key: text}
    manifest = accepted(changed)

    if manifest:
        assert getattr(read(TEXT.write(changed)), key) == text


@settings(max_examples=30, deadline=None)
@given(document=valid(), other=valid())
def test_a_digest_tells_different_jobs_apart(document: dict[str, Any], other: dict[str, Any]) -> None:
    one, two = accepted(document), accepted(other)
    assert one
    assert two

    assert (one.digest == two.digest) == (one == two)


MISTAKES: dict[str, tuple[Loc, Any]] = {
    "JM010": (("ownr",), "data"),
    "JM011": (("job_id",), None),
    "JM012": (("policy", "timeout"), "soon"),
    "JM015": (("description",), None),
    "JM020": (("job_type",), "comand"),
    "JM022": (("suspend",), True),
    "JM030": (("schedule", "expression"), "99 * * * *"),
    "JM034": (("schedule", "timezone"), "Mars"),
}


def with_mistakes(*rules: str) -> dict[str, Any]:
    document = deepcopy(COMPLETE["command"])
    del document["suspend_reason"], document["suspend"]
    for rule in rules:
        (*path, key), value = MISTAKES[rule]
        target = document
        for part in path:
            target = target[part]
        target[key] = value
        if rule == "JM011":
            del target[key]
    return document


def test_no_mistake_hides_another() -> None:
    for pair in combinations(MISTAKES, 2):
        found = {f.rule for f in RULEBOOK.check(with_mistakes(*pair), NOW).findings if f.severity == "error"}

        assert found == set(pair)
