"""The judgement of a checkup: what is well, what is doubtful, what has failed, and what to do about it."""

from datetime import UTC, datetime, timedelta

import pytest

from tasks_service.core.checkup import Finding
from tasks_service.core.checkup.access import judge_access, judge_settings
from tasks_service.core.checkup.bot_api import BotApiFacts, judge_bot_api
from tasks_service.core.checkup.broker import judge_broker
from tasks_service.core.checkup.clock import RELEASED, judge_clock
from tasks_service.core.checkup.database import DatabaseFacts, Schema, judge_database
from tasks_service.core.checkup.disk import FolderFacts, judge_disk
from tasks_service.core.checkup.git import GitFacts, judge_git
from tasks_service.core.checkup.manifests import judge_job_types, judge_manifests
from tasks_service.core.checkup.redis import RedisFacts, judge_redis
from tasks_service.core.checkup.sandbox import judge_sandbox
from tasks_service.core.checkup.slack import SCOPES, SlackFacts, judge_slack
from tasks_service.core.confinement import Confinement, Level
from tasks_service.core.ports import SandboxInfo
from tasks_service.core.state import Snapshot

NOW = RELEASED + timedelta(days=30)
DURABLE = {"version": "Valkey 9", "append_only": True, "append_fsync": "always", "eviction": "noeviction"}


def database(**facts: object) -> Finding:
    return judge_database(DatabaseFacts(product="PostgreSQL 18", **facts), "postgresql://db/tasks")  # type: ignore[arg-type]


def redis(*jobs: str, **facts: object) -> Finding:
    return judge_redis(RedisFacts(**(DURABLE | facts)), "redis://r", jobs)  # type: ignore[arg-type]


def slack(**facts: object) -> Finding:
    advice = {"invalid_auth": "the token is not valid: copy it again", "odd": "ask an owner"}
    return judge_slack(SlackFacts(team="Acme", user="bot", **facts), ["import"], advice)  # type: ignore[arg-type]


def folder(**facts: object) -> Finding:
    given = {"free_bytes": 2**40, "free_inodes": 2**20} | facts
    return judge_disk([FolderFacts(purpose="TASKS_DATA_DIR", path="data", **given)])  # type: ignore[arg-type]


def _info(level: str) -> SandboxInfo:
    return SandboxInfo(level=level, facts={"S3": "no Landlock", "S4": "no namespaces"})


def sandbox(**facts: str) -> Finding:
    return judge_sandbox(Confinement(), SandboxInfo(level="S3", facts={"user": "the service's own", **facts}))


@pytest.mark.parametrize(
    ("finding", "verdict", "words"),
    [
        (judge_settings(()), "ok", "known"),
        (judge_settings(("TASKS_PRT is no setting.",)), "warning", "TASKS_PRT"),
        (judge_access("0.0.0.0", loopback=False, keys_on=True), "ok", "asks for a key"),
        (judge_access("127.0.0.1", loopback=True, keys_on=False), "ok", "only this machine"),
        (judge_access("0.0.0.0", loopback=False, keys_on=False), "warning", "everybody"),
        (database(trouble="connection refused"), "failure", "connection refused"),
        (database(schema=Schema.CURRENT, skew_seconds=0.4), "ok", "PostgreSQL 18 at postgresql://db/tasks answers"),
        (database(schema=Schema.ABSENT), "ok", "the first start makes the tables"),
        (database(schema=Schema.ABSENT, may_create=False), "failure", "may not create"),
        (database(schema=Schema.OLDER), "warning", "older version"),
        (database(schema=Schema.UNKNOWN), "failure", "newer version"),
        (database(schema=Schema.CURRENT, skew_seconds=-7.0), "warning", "7 s behind this machine's"),
        (database(schema=Schema.CURRENT, skew_seconds=90.0), "failure", "90 s ahead of this machine's"),
        (judge_redis(None, "", []), "not_configured", "no job needs it"),
        (judge_redis(None, "", ["a"]), "failure", "jobs keep their runs in Redis: a"),
        (redis(trouble="refused"), "warning", "no job uses it"),
        (redis("a", trouble="refused"), "failure", "these jobs wait"),
        (redis("a"), "ok", "Valkey 9, a single server; 1 job use"),
        (redis("a", cluster=True), "ok", "a cluster"),
        (redis(append_only=False), "ok", "no jobs use it"),
        (redis("a", append_only=False), "warning", "no append-only file"),
        (redis("a", append_fsync="everysec"), "warning", "the last second"),
        (redis("a", append_only=None), "warning", "does not tell"),
        (redis("a", append_fsync=None), "warning", "does not tell"),
        (redis("a", eviction="allkeys-lru"), "warning", "drops keys"),
        (redis(replica=True), "failure", "replica"),
        (redis(cluster=True, cluster_complete=False), "failure", "not complete"),
        (judge_broker(None, ""), "not_configured", "without a broker"),
        (judge_broker("", "amqp://***@mq"), "ok", "amqp://***@mq answers"),
        (judge_broker("refused", "amqp://mq"), "failure", "refused"),
        (judge_broker("", "memory://"), "failure", "no worker can reach it"),
        (judge_slack(None, [], {}), "not_configured", "no job needs it"),
        (judge_slack(None, ["a"], {}), "failure", "jobs need it: a"),
        (slack(trouble="timed out"), "failure", "timed out"),
        (slack(code="invalid_auth"), "failure", "(invalid_auth): the token is not valid"),
        (slack(code="unheard_of"), "failure", "(unheard_of)"),
        (slack(scopes=None), "ok", "does not tell"),
        (slack(scopes=frozenset(SCOPES)), "ok", "every scope"),
        (slack(scopes={"users:read"}), "warning", "lacks users:read.email (to see their addresses), team:read"),
        (judge_bot_api(None, ""), "not_configured", "its own database"),
        (judge_bot_api(BotApiFacts(trouble="refused"), "http://bot"), "failure", "refused"),
        (judge_bot_api(BotApiFacts(status=401), "http://bot"), "failure", "does not accept the key (401)"),
        (judge_bot_api(BotApiFacts(status=502), "http://bot"), "failure", "answers 502"),
        (judge_bot_api(BotApiFacts(status=404), "http://bot"), "warning", "answers 404"),
        (judge_bot_api(BotApiFacts(status=200), "http://bot"), "warning", "not as the bot's API does"),
        (judge_bot_api(BotApiFacts(status=200, well_formed=True), "http://bot"), "ok", "accepts the key"),
        (judge_git(GitFacts(), "manifests"), "not_configured", "nothing needs it"),
        (judge_git(GitFacts(version="2"), "manifests"), "ok", "no git work tree"),
        (judge_git(GitFacts(version="2", work_tree=True, commit="abc"), "manifests"), "ok", "at abc"),
        (judge_git(GitFacts(version="2", work_tree=True), "manifests"), "ok", "without a commit"),
        (judge_sandbox(Confinement(), None, "no fork"), "failure", "no fork"),
        (judge_sandbox(Confinement(minimum=Level.S4), _info("S3")), "failure", "no run can begin"),
        (judge_sandbox(Confinement(), _info("S1+R")), "warning", "S1 instead of S3"),
        (sandbox(), "ok", "Level S3"),
        (sandbox(user="the service's own (root)"), "warning", "run as root"),
        (sandbox(new_privileges="possible"), "warning", "gain privileges"),
        (judge_clock(NOW, NOW), "ok", "no file of the service is younger"),
        (judge_clock(NOW, None), "ok", "2026"),
        (judge_clock(datetime(1970, 1, 1, tzinfo=UTC), None), "failure", "1970"),
        (judge_clock(datetime(2200, 1, 1, tzinfo=UTC), None), "failure", "2200"),
        (judge_clock(NOW, NOW + timedelta(hours=1)), "failure", "wrote a file at"),
        (folder(), "ok", "has 1024.0 GiB left"),
        (folder(trouble="Permission denied"), "failure", "Permission denied"),
        (folder(free_bytes=2**20), "failure", "only 1 MiB left"),
        (folder(free_bytes=200 * 2**20), "warning", "only 200 MiB left"),
        (folder(free_inodes=3), "warning", "only 3 more files"),
        (folder(free_inodes=None), "ok", "can be written"),
        (judge_manifests(None, "m", "it is gone", "look at the mounts"), "failure", "it is gone"),
        (
            judge_manifests(Snapshot(source="d", revision="", read_at=NOW, files=2, unreadable={"b.yaml": "x"}), "m"),
            "warning",
            "1 broken: b.yaml",
        ),
        (judge_manifests(Snapshot(source="d", revision="", read_at=NOW, files=1), "m"), "ok", "none is broken"),
        (judge_job_types(["a"], []), "ok", "1 job type: a"),
        (judge_job_types(["a"], ["b cannot be used"]), "warning", "b cannot be used"),
    ],
)
def test_facts_are_judged(finding: Finding, verdict: str, words: str) -> None:
    assert (finding.verdict, words in finding.sentence) == (verdict, True), finding
    assert bool(finding.remedy) is (verdict in ("warning", "failure"))
    assert finding.sentence.endswith(".")


def test_a_finding_about_several_folders_is_as_bad_as_the_worst() -> None:
    free = FolderFacts(purpose="TASKS_DATA_DIR", path="data", free_bytes=2**40)
    full = FolderFacts(purpose="DATABASE_URL", path="/srv", free_bytes=0)

    found = judge_disk([free, full])

    assert found.verdict == "failure"
    assert "data (TASKS_DATA_DIR) can be written" in found.sentence
    assert "/srv (DATABASE_URL) has only 0 MiB left" in found.sentence


def test_long_lists_of_names_are_cut() -> None:
    found = judge_redis(None, "", [f"job{number}" for number in range(9)])

    assert found.sentence.endswith("job0, job1, job2, job3, job4 and 4 more.")
