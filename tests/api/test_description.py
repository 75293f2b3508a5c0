"""The OpenAPI document: valid, and true for what every route answers to good and to bad requests."""

import pytest
import schemathesis
from house import House
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import Case
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from tasks_service.api.endpoint import STREAM, Endpoint
from tasks_service.api.routes import ROUTES, describe

EXAMPLES = 6
"""For each operation and each kind of request: what takes seconds, not minutes."""
OPERATIONS = [(method, path, endpoint) for path, table in ROUTES.items() for method, endpoint in table.items()]
TAKES_INPUT = [(method, path) for method, path, endpoint in OPERATIONS if endpoint.query or endpoint.body]


def test_the_document_is_valid() -> None:
    OpenAPIV31SpecValidator(describe("1.2.3")).validate()


def test_every_route_of_the_table_is_described_with_its_failures() -> None:
    paths = describe("0")["paths"]

    assert {(method, path) for path, methods in paths.items() for method in methods} == {
        (method.lower(), path) for method, path, _ in OPERATIONS
    }
    for method, path, endpoint in OPERATIONS:
        responses = paths[path][method.lower()]["responses"]
        assert {str(status) for status in _failures(endpoint)} <= responses.keys(), path


def _failures(endpoint: Endpoint) -> set[int]:
    return {*endpoint.errors, *((400, 413, 415, 422) if endpoint.body else ()), *((422,) if endpoint.query else ())}


def holds(cases: SearchStrategy[Case], *excluded: object) -> None:
    """Send requests, and compare each answer with the document."""

    @seed(1)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def check(case: Case) -> None:
        case.call_and_validate(base_url="http://localhost", excluded_checks=list(excluded))

    check()


@pytest.fixture
def described(house: House) -> schemathesis.schemas.BaseSchema:
    schema = schemathesis.openapi.from_dict(describe("0"))
    schema.app = house.app
    return schema


def test_good_requests_are_answered_as_described(house: House, described: schemathesis.schemas.BaseSchema) -> None:
    house.create()
    run_id = house.start_run("hello")
    house.end_run(run_id)
    real = {"{job_id}": "hello", "{run_id}": run_id, "{kind}": "usage", "{job_type}": "command"}

    for method, path, endpoint in OPERATIONS:
        if STREAM in endpoint.produces:
            continue  # It has no end; test_events follows it.
        if house.client.get("/api/jobs/hello").status_code == 404:
            house.create()
        known = {name.strip("{}"): value for name, value in real.items() if name in path}
        # A schema cannot say everything: what a cursor is, or which schedules ever fire.
        holds(described[path][method].as_strategy(path_parameters=known or None), positive_data_acceptance)


def test_bad_requests_are_refused_as_described(described: schemathesis.schemas.BaseSchema) -> None:
    for method, path in TAKES_INPUT:
        # What is wrong in a text is what /api/validate is asked for: it is the answer, no refusal.
        excluded = [negative_data_rejection] if path == "/api/validate" else []
        holds(described[path][method].as_strategy(generation_mode=GenerationMode.NEGATIVE), *excluded)
