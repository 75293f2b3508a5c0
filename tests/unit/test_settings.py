"""The settings: the names people rely on, and what is said where a value cannot be used."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest

from tasks_service.settings import BROKER_SCHEMES, Settings, SettingsError, read_settings, variable_names

ORIGINAL_ENV = """\
# Tasks Service Configuration
TASKS_PORT=5001
TASKS_HOST=0.0.0.0
SECRET_KEY=your-secret-key-here

# Database Configuration
DATABASE_URL=sqlite:///tasks.db
REDIS_URL=redis://localhost:6379/2

# Main Slack Bot API (for integration)
SLACK_BOT_API_URL=http://localhost:8080
SLACK_BOT_API_KEY=your-api-key-here

# Slack API (for user import jobs)
SLACK_BOT_TOKEN=xoxb-your-bot-token
SLACK_APP_TOKEN=xapp-your-app-token

"""


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        for name in variable_names(field):
            monkeypatch.delenv(name, raising=False)


def reading(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return read_settings(None)


def test_nothing_set_means_loopback_sqlite_and_the_manifests_folder() -> None:
    settings = read_settings(None)

    assert (settings.host, settings.port, settings.loopback) == ("127.0.0.1", 5001, True)
    assert settings.database_url.get_secret_value() == "sqlite:///tasks.db"
    assert settings.manifests == Path("manifests")
    assert settings.bot_api_url is None
    assert settings.warnings == ()


def test_the_original_env_block_is_read_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(ORIGINAL_ENV)

    settings = read_settings(tmp_path / ".env")

    assert (settings.host, settings.port, settings.loopback) == ("0.0.0.0", 5001, False)
    assert settings.redis_url is not None
    assert settings.bot_api_url == "http://localhost:8080"
    assert settings.secret_key is None, "a published key is no secret"
    assert [warning.split()[0] for warning in settings.warnings] == ["SECRET_KEY"]


def test_the_original_production_block_is_read_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = reading(
        monkeypatch,
        {
            "DATABASE_URL": "postgresql://user:pass@localhost/tasks",
            "REDIS_URL": "redis://redis-cluster:6379/0",
            "FLASK_ENV": "production",
            "LOG_LEVEL": "INFO",
        },
    )

    assert settings.environment == "production"
    assert settings.secret_texts == {"pass"}


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("TASKS_PORT=1\nTASKS_MAX_RUNS=3\n")
    monkeypatch.setenv("TASKS_PORT", "2")

    settings = read_settings(tmp_path / ".env")

    assert (settings.port, settings.max_runs) == (2, 3)


def test_a_name_set_to_nothing_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("TASKS_PORT=7\nTASKS_SECRET_PIN=4711\n")
    monkeypatch.setenv("TASKS_PORT", "")
    monkeypatch.setenv("TASKS_SECRET_PIN", "")

    settings = read_settings(tmp_path / ".env")

    assert (settings.port, settings.values(["TASKS_SECRET_PIN"])) == (7, {"TASKS_SECRET_PIN": "4711"})


def test_variables_that_have_the_names_of_fields_set_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reading(monkeypatch, {"host": "0.0.0.0", "port": "1"}).host == "127.0.0.1"


def test_a_name_set_to_nothing_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reading(monkeypatch, {"SLACK_BOT_API_URL": "", "TASKS_OVERRIDE_DAYS": ""}).bot_api_url is None


def test_foreign_names_in_the_file_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SOMEBODY_ELSES=1\n")

    assert read_settings(tmp_path / ".env").warnings == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("45", timedelta(seconds=45)), ("5m", timedelta(minutes=5)), ("PT1H", timedelta(hours=1))],
)
def test_durations_may_be_bare_seconds(text: str, expected: timedelta, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reading(monkeypatch, {"TASKS_SYNC_INTERVAL": text}).sync_interval == expected


def test_development_logs_more_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reading(monkeypatch, {"FLASK_ENV": "development"}).log_level == "DEBUG"
    assert reading(monkeypatch, {"FLASK_ENV": "development", "LOG_LEVEL": "warning"}).log_level == "WARNING"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("TASKS_PRT", "; did you mean TASKS_PORT?"),
        ("tasks_port", "; did you mean TASKS_PORT?"),
        ("TASKS_APIKEY_FILE", "; did you mean TASKS_API_KEY_FILE?"),
        ("TASKS_PORT_FILE", "; did you mean TASKS_PORT?"),
        ("TASKS_WHATEVER_ELSE_THERE_IS", " and has no effect."),
    ],
)
def test_a_misspelt_name_is_pointed_out(name: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reading(monkeypatch, {name: "1"}).warnings == (f"{name} is no setting{words}",)


def test_what_kubernetes_sets_for_a_service_is_nobodys_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    injected = {
        "TASKS_SERVICE_HOST": "10.0.0.1",
        "TASKS_SERVICE_PORT_HTTP": "5001",
        "TASKS_PORT_5001_TCP_ADDR": "10.0.0.1",
        "TASKS_REDIS_PORT": "tcp://10.0.0.2:6379",
        "TASKS_REDIS_SERVICE_PORT": "6379",
    }

    assert reading(monkeypatch, injected).warnings == ()


def test_an_old_name_beside_the_present_one_is_pointed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = reading(monkeypatch, {"TASKS_ENV": "production", "FLASK_ENV": "development"})

    assert settings.environment == "production"
    assert settings.warnings == (
        "FLASK_ENV has no effect: it is the old name of TASKS_ENV, which is set to something else.",
    )


def test_a_line_of_the_file_that_sets_nothing_is_pointed_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / ".env").write_text("TASKS_PORT=7\nwhat is this\nTASKS_MAX_RUNS=3\n")

    settings = read_settings(tmp_path / ".env")

    assert (settings.port, settings.max_runs) == (7, 3)
    assert settings.warnings == (f"{tmp_path}/.env, line 2: it is no NAME=value, and is left out.",)
    assert caplog.records == []


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("TASKS_PORT", "x", "whole number"),
        ("TASKS_PORT", "70000", "at most 65535"),
        ("FLASK_ENV", "staging", "'production' or 'development'"),
        ("LOG_LEVEL", "loud", "'DEBUG', 'INFO'"),
        ("TASKS_TIMEZONE", "Berlin", "no IANA time zone"),
        ("TASKS_SYNC_INTERVAL", "0", "at least 1 second"),
        ("TASKS_DRAIN_SECONDS", "soon", "no duration"),
        ("TASKS_REQUIRE_REASON", "perhaps", "true or false"),
        ("SLACK_BOT_API_URL", "localhost:8080", "begins with http:// or https://"),
        ("EXECUTOR", "carrier-pigeon", "'local' or 'celery'"),
        ("SLACK_BOT_API_URL", "http://[bad", "host or port"),
        ("SLACK_BOT_API_URL", "http://bot:many", "host or port"),
        ("TASKS_PORT", "tcp://10.0.0.1:5001", "enableServiceLinks: false"),
        ("LOG_REQUESTS", "never", "'DEBUG', 'INFO'"),
        ("TASKS_QUEUES", "default,,gpu", "names of letters, digits"),
        ("TASKS_QUEUES", "a b", "names of letters, digits"),
        ("TASKS_ALLOWED_HOSTS", "https://tasks.example", "names of hosts without port"),
        ("TASKS_GIT_URL", "ext::sh -c id", "holds a blank"),
        ("TASKS_GIT_URL", "git://host/x", "another scheme"),
        ("TASKS_GIT_BRANCH", "--upload-pack=id", "name of a branch"),
        ("TASKS_GIT_PATH", "../jobs", "folder of the repository"),
        ("TASKS_GIT_VERIFY", "maybe", "'none', 'head'"),
        ("TASKS_GIT_SOURCES", "team", "JSON array"),
        ("TASKS_GIT_SOURCES", '[{"name": "git", "url": "https://host/x"}]', "the name git is taken"),
    ],
)
def test_a_wrong_value_is_named_with_the_reason(
    name: str, value: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError) as caught:
        reading(monkeypatch, {name: value})

    (problem,) = caught.value.problems
    assert problem.startswith(f"{name}: '{value}' cannot be used")
    assert reason in problem


def test_all_wrong_values_are_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as caught:
        reading(monkeypatch, {"TASKS_PORT": "x", "TASKS_MAX_RUNS": "0"})

    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("DATABASE_URL", "mysql://me:hunter22@host/db", "begins with sqlite:// or postgresql://"),
        ("DATABASE_URL", "postgresql://me:p@hunter22@host/db", "written %40"),
        ("REDIS_URL", "redis://:hunter22@host:port", "host or port"),
        ("SLACK_BOT_API_URL", "ftp://me:hunter22@host", "begins with http://"),
        ("TASKS_API_KEY", " hunter22", "without blanks before and after"),
        ("TASKS_API_KEY", "hunter22\nhunter22", "one line"),
        ("TASKS_GIT_URL", "https://me:hunter22@host/x.git", "TASKS_GIT_TOKEN"),
        ("TASKS_GIT_SOURCES", '[{"name": "team", "url": "https://hunter22@host/x"}]', "TASKS_GIT_TOKEN"),
    ],
)
def test_a_wrong_secret_is_not_repeated(name: str, value: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as caught:
        reading(monkeypatch, {name: value})

    assert "hunter22" not in str(caught.value)
    assert reason in str(caught.value)


@pytest.mark.parametrize("password", ["a/b", "a#b", "a:b", "a%40b", "a;b", "a?b"])
def test_a_password_of_any_letters_is_accepted_and_kept_out_of_logs(
    password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = reading(monkeypatch, {"DATABASE_URL": f"postgresql://u:{password}@host/tasks"})

    assert {password, unquote(password)} <= settings.secret_texts


def test_an_unreadable_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe\xfa=1")

    with pytest.raises(SettingsError, match="UTF-8"):
        read_settings(tmp_path / ".env")


def test_secrets_appear_in_no_text_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "TASKS_SECRET_PIN=pin-4711\nSECRET_KEY=key-4711\nTASKS_API_KEY=api-4711\nSLACK_BOT_TOKEN=xoxb-4711\n"
        "DATABASE_URL=postgresql://u:db-4711@h/d\nREDIS_URL=redis://:redis-4711@h\n"
    )

    settings = read_settings(tmp_path / ".env")

    assert "4711" not in repr(settings) + str(settings) + settings.model_dump_json()
    assert settings.secret_texts == {"pin-4711", "key-4711", "api-4711", "xoxb-4711", "db-4711", "redis-4711"}


def test_runs_are_given_declared_secrets_but_never_the_services_own(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TASKS_SECRET_PIN=4711\nMY_TOKEN=t\nSECRET_KEY=k\nDATABASE_URL=sqlite:///x.db\n")

    settings = read_settings(tmp_path / ".env")

    asked = ("TASKS_SECRET_PIN", "MY_TOKEN", "SECRET_KEY", "DATABASE_URL", "ABSENT")
    assert settings.values(asked) == {"TASKS_SECRET_PIN": "4711", "MY_TOKEN": "t"}


def test_job_types_are_told_plain_settings_only(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = reading(monkeypatch, {"SLACK_API_BASE_URL": "http://127.0.0.1:9/api/", "SLACK_BOT_TOKEN": "xoxb-1"})

    told = settings.told(["SLACK_API_BASE_URL", "SLACK_BOT_TOKEN", "SLACK_BOT_API_URL", "NO_SETTING"])

    assert told == {"SLACK_API_BASE_URL": "http://127.0.0.1:9/api"}


def test_celery_takes_redis_for_its_broker_unless_it_is_given_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def broker(**variables: str) -> str:
        url = reading(monkeypatch, {"EXECUTOR": "celery", **variables}).broker_url
        return url.get_secret_value() if url else ""

    assert broker(REDIS_URL="redis://:hunter22@r:6379/2") == "redis://:hunter22@r:6379/2"
    assert broker(REDIS_URL="unix:///run/redis.sock") == "redis+socket:///run/redis.sock"
    assert broker(CELERY_BROKER_URL="sentinel://a:1;sentinel://b:1") == "sentinel://a:1;sentinel://b:1"


def test_celery_without_any_broker_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as refused:
        reading(monkeypatch, {"EXECUTOR": "celery"})

    assert refused.value.problems == (
        "EXECUTOR=celery needs a broker. Set CELERY_BROKER_URL or REDIS_URL, or use EXECUTOR=local.",
    )


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("CELERY_BROKER_URL", "hunter22", "begins with one of: amqp, "),
        ("CELERY_BROKER_URL", "pigeon://:hunter22@x", "begins with one of: amqp, "),
        ("TASKS_BROKER_OPTIONS", "visibility_timeout=hunter22", 'a JSON object such as {"visibility_timeout": 3600}'),
        ("TASKS_BROKER_OPTIONS", '["hunter22"]', "a JSON object"),
    ],
)
def test_wrong_words_about_the_broker_are_named_and_not_repeated(
    name: str, value: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError) as refused:
        reading(monkeypatch, {name: value})

    (problem,) = refused.value.problems
    assert problem.startswith(f"{name}: its value cannot be used: ")
    assert reason in problem
    assert "hunter22" not in problem


def test_every_broker_that_celery_knows_is_accepted() -> None:
    from kombu.transport import TRANSPORT_ALIASES

    assert set(BROKER_SCHEMES) == {alias.lower() for alias in TRANSPORT_ALIASES}


def test_options_of_the_broker_keep_their_types_and_hide_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    given = '{"visibility_timeout": 5, "master_name": "mymaster", "sentinel_kwargs": {"password": "hunter22"}}'

    settings = reading(monkeypatch, {"TASKS_BROKER_OPTIONS": given, "TASKS_QUEUES": "default, gpu,default"})

    assert settings.queues == ("default", "gpu")
    assert settings.broker_options.get_secret_value()["visibility_timeout"] == 5
    assert settings.secret_texts == {"hunter22"}
    assert "hunter22" not in repr(settings) + settings.model_dump_json()


@pytest.mark.parametrize(
    ("host", "loopback"), [("localhost", True), ("127.0.0.2", True), ("::1", True), ("0.0.0.0", False), ("box", False)]
)
def test_loopback_is_told_from_the_address(host: str, loopback: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reading(monkeypatch, {"TASKS_HOST": host}).loopback is loopback


def test_a_secret_may_be_given_as_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("hunter22\n")
    monkeypatch.setenv("TASKS_API_KEY_FILE", str(tmp_path / "key"))

    settings = read_settings(None)

    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == "hunter22"
    assert "hunter22" in settings.secret_texts
    assert settings.warnings == ()


def test_the_slack_token_of_a_file_reaches_the_runs_that_declare_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("xoxb-1")
    monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", str(tmp_path / "token"))

    assert read_settings(None).values(["SLACK_BOT_TOKEN"]) == {"SLACK_BOT_TOKEN": "xoxb-1"}


def test_a_secret_that_is_given_twice_or_by_a_missing_file_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("one")
    monkeypatch.setenv("SECRET_KEY", "two")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("TASKS_API_KEY_FILE", str(tmp_path / "none"))

    with pytest.raises(SettingsError) as refused:
        read_settings(None)

    assert sorted(refused.value.problems) == [
        "SECRET_KEY and SECRET_KEY_FILE are both set. Remove one of them.",
        f"TASKS_API_KEY_FILE: {tmp_path}/none cannot be read: No such file or directory. "
        "Make it a file that this user may read.",
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"\xff\xfe", "it is not UTF-8"),
        (b"x" * 70_000, "is larger than 64 KiB"),
    ],
)
def test_a_file_that_holds_no_secret_is_refused(
    content: bytes, reason: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_bytes(content)
    monkeypatch.setenv("TASKS_API_KEY_FILE", str(tmp_path / "key"))

    with pytest.raises(SettingsError, match=reason):
        read_settings(None)


def test_secrets_of_manifests_may_be_given_as_files_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("pin-4711\n")
    monkeypatch.setenv("TASKS_SECRET_PIN_FILE", str(tmp_path / "pin"))

    settings = read_settings(None)

    assert settings.values(["TASKS_SECRET_PIN"]) == {"TASKS_SECRET_PIN": "pin-4711"}
    assert "pin-4711" in settings.secret_texts


def test_the_environment_goes_before_a_secret_that_the_file_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("of the file")
    (tmp_path / ".env").write_text(f"TASKS_API_KEY_FILE={tmp_path}/key\n")
    monkeypatch.setenv("TASKS_API_KEY", "of the environment")

    assert read_settings(tmp_path / ".env").values(["SLACK_BOT_TOKEN"]) == {}
    key = read_settings(tmp_path / ".env").api_key
    assert key is not None
    assert key.get_secret_value() == "of the environment"
