"""The settings in force, as they are shown: every one, its origin, and no part of a secret."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks_service.settings import Settings, effective_settings, read_settings
from tasks_service.settings.addresses import passwords, shown_address


def shown(environment: dict[str, str], env_file: Path | None = None) -> dict[str, dict[str, Any]]:
    found = effective_settings(read_settings(env_file, environment))
    return {setting.name: asdict(setting) for setting in found}


def test_every_setting_is_shown_with_its_value_and_where_it_comes_from(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TASKS_PORT=7\nTASKS_QUEUES=a,b\nTASKS_SECRET_PIN=4711\n")
    (tmp_path / "key").write_text("hunter22")

    found = shown(
        {"FLASK_ENV": "development", "TASKS_API_KEY_FILE": f"{tmp_path}/key", "TASKS_PORT": "8"}, tmp_path / ".env"
    )

    def told(name: str) -> tuple[Any, ...]:
        return tuple(found[name][key] for key in ("value", "origin", "path", "variable"))

    assert len(found) == len(Settings.model_fields) + 1
    assert told("TASKS_ENV") == ("development", "environment", "", "FLASK_ENV")
    assert told("TASKS_PORT") == (8, "environment", "", "TASKS_PORT")
    assert told("TASKS_QUEUES") == (["a", "b"], ".env", f"{tmp_path}/.env", "TASKS_QUEUES")
    assert told("TASKS_API_KEY") == ("***", "file", f"{tmp_path}/key", "TASKS_API_KEY")
    assert told("TASKS_SECRET_PIN") == ("***", ".env", f"{tmp_path}/.env", "TASKS_SECRET_PIN")
    assert told("TASKS_SYNC_INTERVAL") == ("30s", "default", "", "TASKS_SYNC_INTERVAL")
    assert told("LOG_LEVEL") == ("DEBUG", "default", "", "LOG_LEVEL")


def test_a_secret_that_looks_like_an_address_is_masked_like_any() -> None:
    assert shown({"SECRET_KEY": "abc://hunter22"})["SECRET_KEY"]["value"] == "***"


def test_options_of_the_broker_are_shown_but_for_their_texts() -> None:
    options = {"visibility_timeout": 5, "fanout": True, "a": {"password": 4711, "n": 1}, "l": ["hunter22", 2]}

    value = shown({"TASKS_BROKER_OPTIONS": json.dumps(options)})["TASKS_BROKER_OPTIONS"]["value"]

    assert value == {"visibility_timeout": 5, "fanout": True, "a": {"password": "***", "n": 1}, "l": ["***", 2]}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("sqlite:///tasks.db", "sqlite:///tasks.db"),
        ("sqlite:////srv/tasks data/tasks.db", "sqlite:////srv/tasks data/tasks.db"),
        ("postgresql://localhost/tasks", "postgresql://localhost/tasks"),
        ("postgresql://u:hunter22@db:5432/tasks", "postgresql://***@db:5432/tasks"),
        ("postgresql://u@db/tasks?password=hunter22", "postgresql://***@db/tasks?***"),
        ("postgresql://u:hunter22@[::1]:5432/tasks", "postgresql://***@[::1]:5432/tasks"),
        ("redis://:hun@ter/22@redis:6379/0", "redis://***@redis:6379/0"),
        ("redis://:hun?ter@22@redis:6379/0", "redis://***"),
        ("redis://:hunter22", "redis://***"),
        ("redis://redis/0?password=hun@ter", "redis://***"),
        ("sentinel://:hunter22@a:1;sentinel://:hunter22@b:2", "sentinel://***@b:2"),
        ("sqs://hunter:22@", "sqs://***@"),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(address: str, expected: str) -> None:
    assert shown_address(address) == expected


@given(st.text(alphabet="abz019/:@?#%&=+[]. -_", min_size=6, max_size=12).map(lambda text: f"q{text}q"))
def test_no_password_shows_through_whatever_its_letters(password: str) -> None:
    address = f"redis://user:{password}@host:6379/0"

    rest = shown_address(address).removeprefix("redis://")

    assert rest in {"***@host:6379/0", "***@host:6379/0?***", "***"}
    assert password in set(passwords(address))
