"""What people ask and tell a running service: tables, pipes, JSON, overrides, runs, syncs."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import tasks
from running import NIGHT, Service, command_job, serving
from terminal import Seen, on_terminal
from typer.testing import Result

from tasks_service.client.revision import revision_of
from tasks_service.jobs.job_registry import load_job_types

HOURLY = '{trigger: cron, expression: "0 * * * *", timezone: Europe/Berlin}'


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    jobs = {
        "hello.yaml": command_job("hello", "sh", "-c", "echo one; echo two >&2; echo three", labels={"team": "data"}),
        "bad.yaml": command_job("bad", "false", labels={"team": "web", "tier": "1"}),
        "slow.yaml": command_job("slow", "sleep", "60"),
        "calm.yaml": command_job("calm", "true", schedule=HOURLY, owner="ann", description="Does nothing."),
    }
    with serving(tmp_path_factory.mktemp("remote"), jobs, TASKS_API_KEY="k3y-of-the-test") as running:
        yield running


def ask(service: Service, *arguments: str, **env: str) -> Result:
    """In a pipe, with the key in the environment."""
    told = {"TASKS_URL": service.url, "TASKS_API_KEY": "k3y-of-the-test", "USER": "ann", **env}
    return tasks(*arguments, cwd=Path("/"), **told)


def look(service: Service, *arguments: str, width: int = 120, typed: str = "", **env: str) -> Seen:
    """On a terminal."""
    told = {"TASKS_URL": service.url, "TASKS_API_KEY": "k3y-of-the-test", "USER": "ann", **env}
    return on_terminal(*arguments, env=told, cwd=Path("/"), width=width, typed=typed)


def rows(result: Result) -> list[list[str]]:
    assert result.exit_code == 0, result.stderr
    return [line.split("\t") for line in result.stdout.splitlines()]


def test_a_pipe_is_given_values_with_tabs_and_whole_times(service: Service) -> None:
    done = ask(service, "get", "jobs", "--search", "calm")

    [[job_id, sync, activity, _, due, *_]] = rows(done)
    assert (job_id, sync, activity) == ("calm", "Synced", "Active")
    assert due.endswith(":00:00Z")
    assert done.stderr == ""


def test_a_terminal_is_given_a_table_of_its_width_with_symbols_words_and_ages(service: Service) -> None:
    wide, narrow = look(service, "get", "jobs"), look(service, "get", "jobs", width=72)

    title, *lines = wide.lines
    assert title.split("  ")[0] == "JOB"
    [calm] = [line for line in lines if line.startswith("calm")]
    assert "✓ Synced" in calm and "in " in calm and "Every hour (Europe/Berlin)" in calm
    assert calm.index("✓ Synced") == title.index("SYNC")
    assert (wide.code, wide.coloured) == (0, True)
    assert max(len(line) for line in narrow.lines) <= 72
    assert any(line.startswith("calm") and "✓ Synced" in line and "…" in line for line in narrow.lines)


@pytest.mark.parametrize(("option", "env"), [((), {"NO_COLOR": "1"}), (("--no-color",), {})])
def test_colour_can_be_forbidden_and_the_words_stay(
    service: Service, option: tuple[str, ...], env: dict[str, str]
) -> None:
    seen = look(service, "get", "jobs", *option, **env)

    assert not seen.coloured
    assert any("✓ Synced" in line for line in seen.lines)


def test_a_terminal_without_the_signs_gets_the_words(service: Service) -> None:
    seen = look(service, "get", "jobs", width=60, PYTHONIOENCODING="ascii")

    assert seen.code == 0
    assert any(line.startswith("calm   Synced  Active") for line in seen.lines)


def test_jobs_are_chosen_by_label_state_and_type(service: Service) -> None:
    assert [row[0] for row in rows(ask(service, "get", "jobs", "-l", "team=data"))] == ["hello"]
    assert [row[0] for row in rows(ask(service, "get", "jobs", "-l", "team=web", "-l", "tier=1"))] == ["bad"]
    assert rows(ask(service, "get", "jobs", "-l", "team=web", "-l", "tier=2")) == []
    assert rows(ask(service, "get", "jobs", "--state", "paused", "--state", "Synced", "--search", "calm")) == []
    assert rows(ask(service, "get", "jobs", "--type", "http_request")) == []

    unknown = ask(service, "get", "jobs", "--state", "Pausd")
    assert (unknown.exit_code, "did you mean 'Paused'?" in unknown.stderr) == (2, True)


def test_json_is_what_the_api_answers(service: Service) -> None:
    told = json.loads(ask(service, "get", "jobs", "--json").stdout)

    assert told == service.get("/api/jobs") | {"items": told["items"]}
    assert [job["job_id"] for job in told["items"]] == ["bad", "calm", "hello", "slow"]
    assert json.loads(ask(service, "get", "job-types", "--json").stdout)["total"] == len(load_job_types())


def test_a_job_is_described_from_its_schedule_to_its_line(service: Service) -> None:
    service.run_to_end("hello")
    ask(service, "pause", "hello", "--reason", "the disk is full", "--for", "2h")

    done = ask(service, "describe", "job", "HELLO")
    told = json.loads(ask(service, "describe", "job", "hello", "--json").stdout)
    ask(service, "resume", "hello", "--reason", "it is empty")

    assert done.exit_code == 0
    assert "place       hello.yaml:1" in done.stdout
    assert f"in words  At {NIGHT:02}:00" in done.stdout
    assert "pause  hello, by admin" in done.stdout and "the disk is full" in done.stdout
    assert "activity  Paused" in done.stdout
    assert "succeeded" in done.stdout
    assert told["job"]["job_id"] == "hello"
    assert {"preview", "overrides", "alarms", "runs"} < told.keys()


def test_a_pause_is_tried_imposed_listed_and_ended(service: Service) -> None:
    tried = ask(service, "pause", "calm", "--dry-run", "--for", "2h")
    assert (tried.exit_code, "would be paused" in tried.stdout) == (0, True)
    assert "skips" in tried.stdout
    assert rows(ask(service, "get", "jobs", "--state", "Paused")) == []

    paused = ask(service, "pause", "calm", "--reason", "moving", "--until", "2099-01-01T00:00Z")
    assert (paused.exit_code, paused.stdout.splitlines()[0]) == (0, "job calm was paused")
    [listed] = rows(ask(service, "get", "overrides"))
    assert (listed[:2], listed[4:]) == (["calm", "pause"], ["2099-01-01T00:00:00Z", "moving"])

    resumed = ask(service, "resume", "calm", "--catch-up", "latest", "--json")
    assert json.loads(resumed.stdout)["changed"] is True
    assert rows(ask(service, "get", "overrides")) == []


def test_somebody_at_a_terminal_is_asked_for_the_reason(service: Service) -> None:
    seen = look(service, "pause", "calm", typed="the bot moves\n")
    ask(service, "resume", "calm")

    assert seen.code == 0
    assert any(line.startswith("Why is it paused?") for line in seen.lines)
    assert "the bot moves" in [entry["reason"] for entry in service.get("/api/audit")["items"]]


def test_logs_of_the_newest_run_go_where_they_were_printed(service: Service) -> None:
    run_id = service.run_to_end("hello")["id"]

    whole, last, followed = (
        ask(service, "logs", "hello"),
        ask(service, "logs", run_id, "--tail", "1"),
        ask(service, "logs", "hello", "-f"),
    )

    assert (whole.stdout, whole.stderr) == ("one\nthree\n", "two\n")
    assert last.stdout + last.stderr in ("two\n", "three\n")  # two pipes have no order
    assert (followed.exit_code, followed.stdout) == (0, "one\nthree\n")
    assert followed.stderr.splitlines()[-1].startswith("succeeded after ")


def test_a_terminal_shows_the_colours_of_logs_and_no_other_control(service: Service) -> None:
    argv = ["printf", r"\033[31mred\033[m \033c \033]0;x\007title\n"]
    run_id = service.post("/api/jobs/hello/run", {"parameters": {"argv": argv}}, expect=202)["id"]
    service.wait_for_run(run_id)

    seen, plain = look(service, "logs", run_id), ask(service, "logs", run_id)
    calm = look(service, "logs", run_id, NO_COLOR="1")

    assert seen.raw.replace("\r\n", "\n") == "\x1b[0;31mred\x1b[0m ␛c title\n"
    assert plain.stdout == "red ␛c title\n"
    assert calm.raw.replace("\r\n", "\n") == "red ␛c title\n"


def test_following_ends_with_the_run_and_tells_its_outcome(service: Service) -> None:
    done = ask(service, "run", "bad", "--no-follow")
    followed = ask(service, "logs", "-f", "bad")

    assert done.exit_code == 0
    assert (followed.exit_code, followed.stderr.startswith("failed after ")) == (1, True)
    [[_, job, state, *_]] = rows(ask(service, "get", "runs", "bad", "--limit", "1"))
    assert (job, state) == ("bad", "failed")


def test_a_run_takes_parameters_as_json_or_as_text(service: Service) -> None:
    done = ask(service, "run", "hello", "-p", 'argv=["echo", "from here"]', "-p", "working_directory=.", "--json")

    used = json.loads(done.stdout)["parameters"]
    assert (used["argv"], used["working_directory"]) == (["echo", "from here"], ".")
    wrong = ask(service, "run", "hello", "-p", "argv")
    refused = ask(service, "run", "hello", "-p", "argvv=1")
    assert (wrong.exit_code, refused.exit_code) == (2, 2)
    assert "did you mean" in refused.stderr


def test_all_runs_of_a_job_are_cancelled_and_a_second_time_there_are_none(service: Service) -> None:
    ask(service, "run", "slow", "--no-follow")

    done = ask(service, "cancel", "slow", "--reason", "enough")
    ended = ask(service, "logs", "-f", "slow")
    again = ask(service, "cancel", "slow")

    assert (done.exit_code, " of slow is " in done.stdout) == (0, True)
    assert (ended.exit_code, ended.stderr.splitlines()[-1].startswith("cancelled")) == (1, True)
    assert (again.exit_code, "no run of slow is queued or running" in again.stderr) == (1, True)


def test_a_sync_is_awaited_and_its_revision_found(service: Service) -> None:
    service.write("late.yaml", command_job("late", "true"))

    synced = ask(service, "sync", "--wait")
    assert (synced.exit_code, synced.stdout.splitlines()[0]) == (0, "Synced: no difference")

    sources = {source["name"]: revision_of(source["applied"]) for source in service.get("/api/sync")["sources"]}
    found = ask(service, "wait", "--revision", sources["directory"][:10])
    missing = ask(service, "wait", "--revision", "0" * 12, "--timeout", "0")
    short = ask(service, "wait", "--revision", "abc")
    assert (found.exit_code, found.stdout.strip()) == (0, f"{sources['directory']} of directory is applied")
    assert (missing.exit_code, short.exit_code) == (1, 2)


def test_a_backfill_is_shown_first_and_run_by_its_plan(service: Service) -> None:
    stretch = ("backfill", "calm", "--from", "2026-01-01T00:00Z", "--to", "2026-01-01T02:00Z")

    shown = ask(service, *stretch, "--json")
    plan = json.loads(shown.stdout)["plan"]
    done = ask(service, *stretch, "--plan", plan, "--reason", "the source was late")
    declined = look(service, *stretch, typed="n\n")

    assert [slot["due_at"] for slot in json.loads(shown.stdout)["slots"]] == [
        "2026-01-01T01:00:00Z",
        "2026-01-01T02:00:00Z",
    ]
    assert (done.exit_code, done.stdout) == (0, "2 of 2 slots are queued\n")
    assert declined.code == 0


def test_a_server_explains_and_previews_its_jobs(service: Service) -> None:
    explained = ask(service, "explain", "calm", "--at", "2001-01-01T03:00Z", "--server", service.url)
    previewed = ask(service, "preview", "calm", "-n", "2", "--server", service.url)

    assert explained.stdout.splitlines()[0] == "calm at 2001-01-01 04:00 CET (03:00 UTC)"
    assert "The job was not there yet" in explained.stdout
    assert len(previewed.stdout.splitlines()) == 3
    assert " UTC" in previewed.stdout.splitlines()[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("describe", "job", "hallo"), "did you mean 'hello'?"),
        (("logs", "calmm"), "did you mean 'calm'?"),
        (("logs", "f" * 32), "there is no job"),
        (("pause",), "name one of JOB, --all or --label"),
        (("pause", "calm", "--for", "2x"), "is no duration"),
        (("pause", "calm", "--for", "2h", "--until", "2099-01-01T00:00Z"), "give one of them"),
        (("pause", "calm", "--until", "soon"), "is no time"),
        (("pause", "-l", "team"), "write --label team=data"),
        (("cancel", "nobody"), "there is no job"),
        (("get", "jobs", "--server", "nowhere"), "is no address of a server"),
        (("get", "jobs", "--server", "http://127.0.0.1:1"), "tasks serve"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_a_way_out(service: Service, arguments: tuple[str, ...], said: str) -> None:
    done = ask(service, *arguments)

    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())


def test_the_key_may_be_a_file_and_without_it_the_way_to_one_is_told(service: Service, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k3y-of-the-test\n")

    by_file = tasks("get", "jobs", cwd=tmp_path, TASKS_URL=service.url, TASKS_API_KEY_FILE=str(tmp_path / "key"))
    without = tasks("get", "jobs", cwd=tmp_path, TASKS_URL=service.url)
    (tmp_path / ".env").write_text(f"TASKS_URL={service.url}\nTASKS_API_KEY=k3y-of-the-test\n")
    by_env_file = tasks("get", "jobs", cwd=tmp_path)

    assert (by_file.exit_code, by_env_file.exit_code, without.exit_code) == (0, 0, 2)
    assert "set TASKS_API_KEY, or TASKS_API_KEY_FILE" in without.stderr


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("tasks logs he", "hello"),
        ("tasks pause ca", "calm"),
        ("tasks describe job sl", "slow"),
        ("tasks get runs ba", "bad"),
        ("tasks sy", "sync"),
    ],
)
def test_a_shell_completes_commands_and_jobs(service: Service, words: str, offered: str) -> None:
    asked = {"_TASKS_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}

    assert ask(service, **asked).stdout.split() == [offered]


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes_with_what_show_completion_prints(service: Service, tmp_path: Path) -> None:
    command = tmp_path / "tasks"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tasks_service "$@"\n')
    command.chmod(0o755)
    script = """
        eval "$(_TASKS_COMPLETE=source_bash tasks)"
        COMP_WORDS=(tasks logs he) COMP_CWORD=2 COMP_LINE="tasks logs he"
        "$(complete -p tasks | sed 's/.*-F \\([^ ]*\\).*/\\1/')" tasks he logs
        echo "${COMPREPLY[@]}"
    """
    env = {**service.environment, "PATH": f"{tmp_path}:{os.environ['PATH']}"}

    done = subprocess.run(["bash", "-c", script], env=env, capture_output=True, text=True, timeout=60)

    assert (done.stdout, done.stderr) == ("hello\n", "")


def test_a_shell_completes_runs_and_is_silent_without_a_server(service: Service) -> None:
    run_id = service.run_to_end("hello")["id"]
    words = f"tasks logs {run_id[:8]}"
    asked = {"_TASKS_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": "2"}

    alone = tasks(TASKS_URL="http://127.0.0.1:1", **asked)

    assert ask(service, **asked).stdout.split() == [run_id]
    assert (alone.stdout.strip(), alone.stderr) == ("", "")


def test_artifacts_are_listed_printed_and_written(service: Service, tmp_path: Path) -> None:
    program = 'argv=printf "a\\nb" > "$TASKS_ARTIFACTS/out.txt"'
    run_id = json.loads(ask(service, "run", "hello", "-p", program, "-p", "shell=true", "--json").stdout)["id"]

    assert rows(ask(service, "artifacts", run_id)) == [["out.txt", "3"]]
    assert any(line.split() == ["out.txt", "3B"] for line in look(service, "artifacts", run_id).lines)
    assert ask(service, "artifacts", run_id, "out.txt").stdout == "a\nb"
    assert ask(service, "artifacts", run_id, "out.txt", "--to", str(tmp_path / "here")).exit_code == 0
    assert (tmp_path / "here").read_bytes() == b"a\nb"

    missing = ask(service, "artifacts", run_id, "other.txt")
    unwritable = ask(service, "artifacts", run_id, "out.txt", "--to", "/nowhere/file")
    assert (missing.exit_code, unwritable.exit_code) == (2, 2)
    assert "left no 'other.txt'" in missing.stderr
    assert "/nowhere/file cannot be written" in unwritable.stderr
    assert ask(service, "artifacts", run_id, "--to", "x").exit_code == 2
