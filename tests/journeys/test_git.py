"""A service that follows a repository: pushed to, rewritten, and out of reach while it runs."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from git_remotes import GitRemote
from running import Service, command_job, serving, wait_for

SECRET = "webhooks are signed"


@pytest.fixture
def remote(tmp_path: Path) -> GitRemote:
    made = GitRemote(tmp_path / "git")
    made.push({"jobs/calm.yaml": command_job("calm", "true")}, "Begin", author="ann")
    return made


@pytest.fixture
def service(remote: GitRemote, tmp_path: Path) -> Iterator[Service]:
    env = {
        "TASKS_GIT_URL": remote.url,
        "TASKS_GIT_PATH": "jobs",
        "TASKS_GIT_POLL": "1h",
        "TASKS_SYNC_INTERVAL": "1s",
        "TASKS_WEBHOOK_SECRET": SECRET,
    }
    with serving(tmp_path / "service", {}, **env) as running:
        yield running


def hook(service: Service, text: str) -> None:
    body = text.encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}
    assert service.ask("POST", "/api/webhooks/git", content=body, headers=headers).status_code == 202


def source(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = next(s for s in service.get("/api/sync")["sources"] if s["name"] == "git")
    return found


def test_a_push_becomes_live_and_its_author_and_message_are_told(service: Service, remote: GitRemote) -> None:
    assert [s["name"] for s in service.get("/api/sync")["sources"]] == ["api", "git"]  # the directory was not named

    sha = remote.push({"jobs/calm.yaml": command_job("calm", "date")}, "Tell the time", author="bob")
    hook(service, sha)
    job = service.wait_for_job("calm", revision=sha)

    assert job["parameters"]["argv"] == ["date"]
    applied = wait_for("the source", lambda: (s := source(service)["applied"])["revision"] == sha and s)
    assert (applied["author"], applied["message"]) == ("bob", "Tell the time")
    newest = service.get("/api/syncs")["items"][0]
    assert [(c["revision"], c["author"]) for c in newest["commits"]] == [(sha, "bob")]


def test_a_rewritten_branch_waits_for_a_person(service: Service, remote: GitRemote) -> None:
    sha = remote.rewrite({"jobs/calm.yaml": command_job("calm", "date")})
    hook(service, sha)
    held = wait_for("the hold", lambda: (s := source(service))["held"] and s)

    assert "rewritten" in held["failure"]
    assert service.get("/api/sync")["status"] == "Blocked"
    assert service.wait_for_job("calm")["parameters"]["argv"] == ["true"]

    service.post("/api/sync", {"confirm": sha}, expect=202)

    assert service.wait_for_job("calm", revision=sha)["parameters"]["argv"] == ["date"]


def test_a_remote_out_of_reach_changes_nothing_and_comes_back(service: Service, remote: GitRemote) -> None:
    remote.vanish()
    hook(service, "gone")
    wait_for("the trouble", lambda: source(service)["trouble"])

    assert service.wait_for_job("calm")["sync"] == "Synced"
    assert service.get("/health")["status"] == "degraded"

    remote.return_()
    sha = remote.push({"jobs/more.yaml": command_job("more", "true")}, author="eve")
    hook(service, sha)
    service.wait_for_job("more", revision=sha)
    wait_for("the end of the trouble", lambda: not source(service)["trouble"])


@pytest.mark.fault
def test_directory_and_repositories_are_sources_at_once_and_a_job_in_two_is_a_conflict(tmp_path: Path) -> None:
    own, team = GitRemote(tmp_path / "own"), GitRemote(tmp_path / "team")
    own.push({"own.yaml": command_job("own", "true"), "both.yaml": command_job("both", "true")})
    team.push({"jobs/team.yaml": command_job("team", "true"), "jobs/same.yaml": command_job("both", "date")})
    further = [{"name": "team", "url": team.url, "path": "jobs"}]
    env = {"TASKS_GIT_URL": own.url, "TASKS_GIT_SOURCES": json.dumps(further), "TASKS_MANIFESTS": "manifests"}
    with serving(tmp_path / "service", {"local.yaml": command_job("local", "true")}, **env) as service:
        for job_id in ("local", "own", "team"):
            service.wait_for_job(job_id)
        sync = service.get("/api/sync")
        doctor = service.tasks("doctor").stdout

    assert [s["name"] for s in sync["sources"]] == ["api", "directory", "git", "team"]
    assert sorted((p["file"], p["message"]) for p in sync["problems"] if p["rule"] == "JM021") == [
        ("both.yaml", "job_id 'both' of source git is also defined in same.yaml:1 of source team"),
        ("same.yaml", "job_id 'both' of source team is also defined in both.yaml:1 of source git"),
    ]
    assert f"Source git: {own.url}, branch main, is at {own.head()[:12]}." in doctor
    assert f"Source team: {team.url}, branch main, is at {team.head()[:12]}." in doctor
