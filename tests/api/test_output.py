"""The output of runs over HTTP."""

from house import House, wait_for


def printed(house: House, *lines: str) -> str:
    """A finished run that printed these lines."""
    house.create()
    run_id = house.start_run("hello")
    house.executor.print(run_id, *lines)
    house.end_run(run_id)
    wait_for("the output", lambda: sum(map(len, house.panel.runs.whole_output(run_id))) >= len(lines))
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


def test_a_download_has_all_lines_and_no_colours(house: House) -> None:
    run_id = printed(house, *("\x1b[0;31mred\x1b[0m" for _ in range(5001)))

    whole = house.client.get(f"/api/runs/{run_id}/output", params={"download": "true"})
    text = house.client.get(f"/api/runs/{run_id}/output", params={"format": "text", "tail": 1})

    assert whole.text == "red\n" * 5001
    assert text.text == "red\n"


def test_a_line_has_its_text_and_beside_it_the_colours_alone(house: House) -> None:
    run_id = printed(house, "\x1b[0;31mred\x1b[0m", "plain", "\x1b[2Jcleared")

    lines = house.client.get(f"/api/runs/{run_id}/output").json()["items"]

    assert [(line["text"], line["ansi"]) for line in lines] == [
        ("red", "\x1b[0;31mred\x1b[0m"),
        ("plain", None),
        ("cleared", None),
    ]


def test_output_is_streamed_from_where_the_client_left_off_to_the_end_of_the_run(house: House) -> None:
    run_id = printed(house, "one", "two", "three")
    path = f"/api/runs/{run_id}/output/stream"

    whole = house.client.get(path).text
    first = house.panel.runs.output(run_id)[0].seq
    rest = house.client.get(path, headers={"Last-Event-ID": str(first)}).text
    last = house.client.get(path, params={"tail": 1}).text

    assert [line for line in whole.splitlines() if line.startswith("event: ")] == ["event: line"] * 3 + ["event: end"]
    assert f'"id":"{run_id}"' in whole
    assert '"one"' not in rest and '"two"' in rest and '"three"' in rest
    assert '"two"' not in last and '"three"' in last


def test_the_stream_of_an_unknown_run_is_refused(house: House) -> None:
    assert house.client.get(f"/api/runs/{'0' * 32}/output/stream").status_code == 404


def test_progress_is_part_of_the_run_and_of_the_stream(house: House) -> None:
    house.create()
    run_id = house.start_run("hello")
    assert house.client.get(f"/api/runs/{run_id}").json()["progress"] is None

    house.executor.tell_progress(run_id, 3, 10, "sending")
    told = wait_for("the progress", lambda: house.client.get(f"/api/runs/{run_id}").json()["progress"])
    house.end_run(run_id)
    stream = house.client.get(f"/api/runs/{run_id}/output/stream").text
    listed = house.client.get("/api/runs", params={"job_id": "hello"}).json()["items"]

    assert (told["done"], told["total"], told["text"]) == (3, 10, "sending")
    assert "event: progress\n" in stream.replace("\r", "")
    assert [run["progress"]["done"] for run in listed] == [3]
