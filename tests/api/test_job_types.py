"""Job types over HTTP."""

from house import House


def test_job_types_are_listed_with_their_parameters(house: House) -> None:
    answer = house.client.get("/api/job-types").json()

    by_type = {item["job_type"]: item for item in answer["items"]}
    assert {"slack_user_import", "metrics_collection", "http_request", "command"} <= by_type.keys()
    users = by_type["slack_user_import"]
    assert set(users["optional_params"]) == {"workspace_filter", "user_types", "include_deactivated"}
    assert users["required_params"] == []
    assert users["parameters"]["include_deactivated"]["default"] is False
    assert by_type["command"]["required_params"] == ["argv"]
    assert by_type["command"]["schema"]["properties"]["argv"]


def test_one_job_type_is_read_with_its_schema(house: House) -> None:
    answer = house.client.get("/api/job-types/metrics_collection").json()

    assert answer["parameters"]["time_range_hours"]["default"] == 24
    assert answer["schema"]["type"] == "object"


def test_an_unknown_job_type_names_the_known_ones(house: House) -> None:
    answer = house.client.get("/api/job-types/metrics")

    assert answer.status_code == 404
    assert "metrics_collection" in answer.json()["hint"]
