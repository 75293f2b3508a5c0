"""``tasks config``: what is in force, in both forms, and no part of a secret."""

import json
from pathlib import Path

from command_line import tasks


def test_every_setting_is_told_with_its_origin(folder: Path) -> None:
    (folder / ".env").write_text("TASKS_MAX_RUNS=3\n")
    (folder / "key").write_text("hunter22\n")

    done = tasks("config", cwd=folder, FLASK_ENV="production", TASKS_API_KEY_FILE="key")
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}

    assert (done.exit_code, done.stderr) == (0, "")
    assert rows["TASKS_MAX_RUNS"] == ["3", ".env"]
    assert rows["TASKS_ENV"] == ["production", "environment,", "as", "FLASK_ENV"]
    assert rows["TASKS_API_KEY"] == ["***", "file", "key"]
    assert rows["REDIS_URL"] == ["(not", "set)", "default"]
    assert "hunter22" not in done.output


def test_machines_read_values_origins_and_warnings(folder: Path) -> None:
    done = tasks("config", "-o", "json", cwd=folder, DATABASE_URL="postgresql://u:hunter22@db/tasks", TASKS_PRT="1")

    document = json.loads(done.stdout)
    [database] = [setting for setting in document["settings"] if setting["name"] == "DATABASE_URL"]
    assert database == {
        "name": "DATABASE_URL",
        "value": "postgresql://***@db/tasks",
        "secret": True,
        "source": "environment",
        "variable": "DATABASE_URL",
    }
    assert document["warnings"] == ["TASKS_PRT is no setting; did you mean TASKS_PORT?"]
    assert done.exit_code == 0


def test_a_warning_does_not_stand_between_the_values(folder: Path) -> None:
    done = tasks("config", cwd=folder, TASKS_PRT="1")

    assert done.stderr == "warning: TASKS_PRT is no setting; did you mean TASKS_PORT?\n"


def test_wrong_settings_end_with_2_and_a_sentence_each(folder: Path) -> None:
    done = tasks("config", cwd=folder, TASKS_PORT="x", LOG_LEVEL="loud")

    assert (done.exit_code, done.stdout) == (2, "")
    assert "TASKS_PORT: 'x' cannot be used" in done.stderr
    assert "LOG_LEVEL: 'loud' cannot be used" in done.stderr
