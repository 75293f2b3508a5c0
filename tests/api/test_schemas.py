"""The schemas of manifests over HTTP."""

import pytest
from house import House

from tasks_service.app.manifests import job_schemas


@pytest.mark.parametrize("name", ["job.schema.json", "command.schema.json"])
def test_a_schema_is_served_as_the_command_line_writes_it(house: House, name: str) -> None:
    answer = house.client.get(f"/schemas/{name}")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/schema+json")
    assert answer.text == job_schemas()[name]


@pytest.mark.parametrize("name", ["job", "..%2Fsettings.py", "nothing.schema.json"])
def test_an_unknown_schema_names_the_known_ones(house: House, name: str) -> None:
    answer = house.client.get(f"/schemas/{name}")

    assert answer.status_code == 404
    if "%" not in name:
        assert "job.schema.json" in answer.json()["hint"]
