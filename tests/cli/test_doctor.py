"""``tasks doctor``: every check against real surroundings, good and bad."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from command_line import tasks
from running import free_port
from scripted_server import Asked, Reply, scripted
from servers import own_valkey

from deploy.demo.slack_stand_in import SlackStandIn
from tasks_service.adapters.sql.stores import open_stores
from tasks_service.app.doctor import examine
from tasks_service.core.checkup.finding import ok

REDIS_JOB = """\
job_id: fast
job_type: command
schedule: {trigger: interval, hours: 1}
parameters: {argv: ["true"]}
store: redis
"""


def findings(folder: Path, **env: str) -> dict[str, dict[str, Any]]:
    done = tasks("doctor", "-o", "json", cwd=folder, **env)
    assert done.stderr == ""
    document = json.loads(done.stdout)
    failed = any(check["verdict"] == "failure" for check in document["checks"])
    assert (done.exit_code, document["ok"]) == (int(failed), not failed)
    return {check["check"]: check for check in document["checks"]}


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_fresh_folder_is_well_and_stays_as_it_is(folder: Path) -> None:
    before = sorted(folder.rglob("*"))

    found = findings(folder)

    assert sorted(folder.rglob("*")) == before
    assert found["database"]["verdict"] == "ok"
    assert "the first start makes the tables" in found["database"]["sentence"]
    assert "1 valid manifest in 1 file of manifests; none is broken." in found["manifests"]["sentence"]
    assert found["sandbox"]["sentence"].startswith("Level S")
    assert {name for name, check in found.items() if check["verdict"] == "not_configured"} >= {
        "redis",
        "broker",
        "slack",
        "bot API",
    }


def test_people_read_one_line_per_check_the_remedy_below_it_and_a_sum(folder: Path) -> None:
    (folder / "manifests" / "bad.yaml").write_text("job_id: [")

    done = tasks("doctor", cwd=folder, TASKS_PRT="1")

    assert "warning         settings " in done.stdout
    assert "warning         manifests  1 valid manifest in 2 files of manifests; 1 broken: bad.yaml." in done.stdout
    assert "→ `tasks validate` says what is wrong in them" in done.stdout
    assert "did you mean TASKS_PORT?" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("13 checks: ")


def test_all_that_fails_is_named_and_nothing_keeps_the_rest_from_being_checked(folder: Path) -> None:
    (folder / "file").write_text("")
    nobody = free_port()

    found = findings(
        folder,
        DATABASE_URL=f"postgresql://ann:hunter22@127.0.0.1:{nobody}/tasks",
        REDIS_URL=f"redis://:hunter33@127.0.0.1:{nobody}/0",
        EXECUTOR="celery",
        SLACK_BOT_TOKEN="xoxb-hunter44",
        SLACK_API_BASE_URL=f"http://127.0.0.1:{nobody}/api",
        SLACK_BOT_API_URL=f"http://127.0.0.1:{nobody}",
        SLACK_BOT_API_KEY="hunter55",
        TASKS_DATA_DIR="file/data",
        TASKS_MANIFESTS="nowhere",
    )

    failed = {name for name, check in found.items() if check["verdict"] == "failure"} - {"sandbox"}
    assert failed == {"database", "broker", "slack", "bot API", "disk", "manifests"}
    assert found["redis"]["verdict"] == "warning", "no job needs it"
    assert all(check["remedy"] for check in found.values() if check["verdict"] in ("failure", "warning"))
    assert "hunter" not in json.dumps(found)
    assert "Traceback" not in json.dumps(found)


def test_the_schema_of_a_database_is_told_apart(folder: Path, postgres_url: str) -> None:
    def told(url: str) -> str:
        return str(findings(folder, DATABASE_URL=url)["database"]["sentence"])

    assert "the first start makes the tables" in told(postgres_url)

    for url in (postgres_url, f"sqlite:///{folder}/tasks.db"):
        stores = open_stores(url)
        stores.database.migrate()
        stores.database.close()
        assert "its schema is up to date" in told(url)

    (folder / "garbage.db").write_text("no database, and long enough to be looked at " * 20)
    assert "file is not a database" in told(f"sqlite:///{folder}/garbage.db")


def test_redis_is_warned_about_where_a_job_entrusts_its_runs_to_it(folder: Path) -> None:
    with own_valkey("--appendonly", "yes", "--appendfsync", "everysec") as server:
        assert findings(folder, REDIS_URL=server.url)["redis"]["verdict"] == "ok"

        (folder / "manifests" / "fast.yaml").write_text(REDIS_JOB)
        found = findings(folder, REDIS_URL=server.url, EXECUTOR="celery")

    assert found["redis"]["verdict"] == "warning"
    assert "With appendfsync everysec the last second is lost" in found["redis"]["sentence"]
    assert "a single server; 1 job" in found["redis"]["sentence"]
    assert found["broker"]["verdict"] == "ok"


def test_a_cluster_is_recognised_and_its_gaps_are_seen(folder: Path) -> None:
    with own_valkey("--cluster-enabled", "yes") as server:
        found = findings(folder, REDIS_URL=server.url)["redis"]

    assert "a cluster" in found["sentence"]
    assert "some keys have no server" in found["sentence"]


@pytest.mark.parametrize(
    ("token", "verdict", "words"),
    [
        ("xoxb-demo", "ok", "Slack knows the token as"),
        ("xoxb-nobodys", "failure", "Slack refuses the bot token (invalid_auth)"),
    ],
)
def test_slack_is_asked_who_the_token_is(
    token: str, verdict: str, words: str, folder: Path, slack: SlackStandIn
) -> None:
    found = findings(folder, SLACK_BOT_TOKEN=token, SLACK_API_BASE_URL=slack.url)["slack"]

    assert (found["verdict"], words in found["sentence"]) == (verdict, True)
    assert token not in json.dumps(found)


def test_the_scopes_that_the_token_lacks_are_named(folder: Path) -> None:
    def answer(_: Asked) -> Reply:
        headers = {"X-OAuth-Scopes": "users:read,chat:write"}
        return Reply(body={"ok": True, "team": "Acme", "user": "bot"}, headers=headers)

    with scripted(answer) as server:
        found = findings(folder, SLACK_BOT_TOKEN="xoxb-1", SLACK_API_BASE_URL=server.url)["slack"]

    assert found["verdict"] == "warning"
    assert "lacks users:read.email (to see their addresses), team:read" in found["sentence"]


def test_the_key_of_the_bot_is_tried(folder: Path) -> None:
    def answer(asked: Asked) -> Reply:
        right = asked.headers.get("Authorization") == "Bearer hunter22"
        return Reply(body={"data": []}) if right else Reply(status=401)

    with scripted(answer) as server:
        right = findings(folder, SLACK_BOT_API_URL=server.url, SLACK_BOT_API_KEY="hunter22")
        wrong = findings(folder, SLACK_BOT_API_URL=server.url, SLACK_BOT_API_KEY="hunter33")

    assert right["bot API"]["verdict"] == "ok"
    assert "does not accept the key (401)" in wrong["bot API"]["sentence"]


def test_a_check_that_hangs_or_breaks_costs_its_own_time_only() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:

        def hang() -> Any:
            with socket.create_connection(silent.getsockname()) as connection:
                return connection.recv(1)

        def stumble() -> Any:
            raise RuntimeError("with hunter22 in it")

        began = time.monotonic()
        found = dict(examine({"a": hang, "b": stumble, "c": lambda: ok("Fine.")}, 0.3, ["hunter22"]))

    assert time.monotonic() - began < 2
    assert [finding.verdict for finding in found.values()] == ["failure", "failure", "ok"]
    assert found["a"].sentence == "No answer within 0.3 s."
    assert found["b"].sentence == "The check itself failed: RuntimeError: with *** in it."
