"""The output of runs over HTTP."""

from house import House, wait_for


def printed(house: House, *lines: str) -> str:
    """A finished run that printed these lines."""
    house.create()
    run_id = house.start_run("hello")
    house.executor.print(run_id, *lines)
    house.end_run(run_id)
    wait_for("the output", lambda: len(house.panel.runs.output(run_id)) >= len(lines))
    return run_id


def test_output_is_read_as_lines_and_resumed(house: House) -> None:
    run_id = printed(house, "one", "two", "three")

    whole = house.client.get(f"/api/runs/{run_id}/output").json()
    rest = house.client.get(f"/api/runs/{run_id}/output", params={"after": whole["items"][0]["seq"]}).json()

    assert [line["text"] for line in whole["items"]] == ["one", "two", "three"]
    assert (whole["final"], whole["after"]) == (True, whole["items"][-1]["seq"])
    assert [line["text"] for line in rest["items"]] == ["two", "three"]


def test_output_is_read_as_text_that_no_browser_takes_for_a_page(house: House) -> None:
    run_id = printed(house, "<script>alert(1)</script>", "two")

    answer = house.client.get(f"/api/runs/{run_id}/output", headers={"Accept": "text/plain"})

    assert answer.text == "<script>alert(1)</script>\ntwo\n"
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_output_is_downloaded_under_the_name_of_its_run(house: House) -> None:
    run_id = printed(house, "one", "two")

    answer = house.client.get(f"/api/runs/{run_id}/output", params={"download": "true", "tail": 1})

    assert answer.headers["content-disposition"] == f'attachment; filename="{run_id}.log"'
    assert answer.text == "two\n"
