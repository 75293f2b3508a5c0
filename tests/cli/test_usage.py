"""What every command has in common: help, usage errors, settings that cannot be used."""

from pathlib import Path

import pytest
from command_line import tasks

from tasks_service import __version__

COMMANDS = (
    *("serve", "validate", "plan", "preview", "schema", "run", "config", "doctor"),
    *("get jobs", "get runs", "get overrides", "get syncs", "get alarms", "get job-types", "describe job"),
    *("explain", "cancel", "logs", "backfill", "sync", "wait"),
    *("pause", "resume", "hold", "pin", "release", "adopt"),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_its_exit_codes(command: str) -> None:
    done = tasks(*command.split(), "--help")

    assert (done.exit_code, done.stderr) == (0, "")
    assert "Exit code 0:" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("vailidate",),
        ("preview",),
        ("preview", "good", "-n", "0"),
        ("validate", "-o", "xml"),
        ("plan", "extra"),
        ("plan", "--colour"),
        ("run",),
        ("get",),
        ("get", "job"),
        ("describe",),
        ("wait",),
        ("pin", "good"),
        ("backfill", "good"),
        ("serve", "--port", "70000"),
        ("serve", "--port", "http"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_way_out(arguments: tuple[str, ...], folder: Path) -> None:
    done = tasks(*arguments, cwd=folder)

    assert done.exit_code == 2
    assert "Usage:" in done.stdout + done.stderr


@pytest.mark.parametrize(
    "arguments", [("serve",), ("validate",), ("plan",), ("preview", "good"), ("run", "good"), ("config",), ("doctor",)]
)
def test_a_setting_that_cannot_be_used_is_named_by_every_command(arguments: tuple[str, ...], folder: Path) -> None:
    done = tasks(*arguments, cwd=folder, TASKS_PORT="many")

    assert done.exit_code == 2
    assert done.stderr.startswith("tasks: TASKS_PORT: 'many' cannot be used: it must be a whole number.")


def test_the_version_is_told() -> None:
    assert tasks("--version").stdout == f"tasks {__version__}\n"
