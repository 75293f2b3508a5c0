"""``tasks explain``: read from the database, whether a service runs or not."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import tasks
from places import place_of
from running import command_job, serving


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder whose job a service has applied; the service is gone, its database stays."""
    folder = tmp_path_factory.mktemp("applied")
    with serving(folder, {"good.yaml": command_job("good", "true")}):
        pass
    (folder / ".env").write_text(f"DATABASE_URL={place_of(folder)}\n")
    yield folder


def test_a_moment_is_explained_in_sentences(applied: Path) -> None:
    done = tasks("explain", "good", "--at", "2001-01-01T03:00[Europe/Berlin]", cwd=applied)

    assert done.exit_code == 0
    first, second = done.stdout.splitlines()
    assert first == "good at 2001-01-01 03:00 CET (02:00 UTC)"
    assert second.startswith("The job was not there yet: it was first applied at ")


def test_json_is_what_the_api_answers(applied: Path) -> None:
    told = json.loads(tasks("explain", "good", "--at", "2001-01-01T03:00Z", "-o", "json", cwd=applied).stdout)

    assert (told["job_id"], told["at"], told["verdict"]) == ("good", "2001-01-01T03:00:00Z", "no_job")
    assert told["replaced_by"]["file"] == "good.yaml"


def test_what_cannot_be_said_ends_with_2_and_a_sentence(applied: Path) -> None:
    unknown = tasks("explain", "goood", cwd=applied)
    untimely = tasks("explain", "good", "--at", "soon", cwd=applied)

    assert (unknown.exit_code, untimely.exit_code) == (2, 2)
    assert "tasks: there is no job 'goood'" in unknown.stderr
    assert "did you mean 'good'?" in unknown.stderr
    assert "tasks: 'soon' is no time" in untimely.stderr
