"""What is offered for CI: the hooks of pre-commit and the workflow for GitHub."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import tasks
from document_blocks import Shown, shown_by
from running import ROOT, command_job
from typer.main import get_command

from tasks_service.cli.main import application

HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
WORKFLOW = yaml.safe_load((ROOT / "deploy/github/manifests.yaml").read_text())
STEPS: list[dict[str, Any]] = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]
WRONG = command_job("bad", "true") + "polcy: {timeout: 5m}\n"
COMMANDS: dict[str, Any] = get_command(application).commands  # type: ignore[attr-defined]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "bad.yaml").write_text(WRONG)
    return tmp_path


@pytest.mark.parametrize(("number", "code"), [(0, 1), (1, 0)])
def test_the_entry_of_each_hook_does_what_its_name_says(number: int, code: int, repository: Path) -> None:
    program, *arguments = shlex.split(HOOKS[number]["entry"])

    done = tasks(*arguments, cwd=repository)

    assert program == "tasks"
    assert done.exit_code == code
    assert "manifests/bad.yaml:5:1: " in done.stdout


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_runs_for_manifests_alone(hook: dict[str, Any]) -> None:
    assert all(
        re.search(hook["files"], path) for path in ("manifests/a.yaml", "x/manifests/b/c.yml", "manifests/d.ics")
    )
    assert not any(re.search(hook["files"], path) for path in ("README.md", "schemas/a.yaml", "manifests/a.py"))
    assert hook["pass_filenames"] is False


@pytest.mark.fault
def test_pre_commit_itself_refuses_a_wrong_manifest_and_lets_a_mended_one_pass(repository: Path) -> None:
    """With ``language: system``, so that it builds no environment of its own."""
    hooks = repository / "hooks"
    hooks.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks)
    git(hooks, "init", "--quiet")
    git(hooks, "add", ".")
    git(hooks, "commit", "--quiet", "--message", "hooks")
    revision = git(hooks, "rev-parse", "HEAD").strip()
    [block] = shown_by(Shown.PRE_COMMIT)
    config = yaml.safe_load(block.text)
    config["repos"][0] |= {"repo": str(hooks), "rev": revision}
    config["repos"][0]["hooks"][0]["language"] = "system"
    work = repository / "work"
    shutil.copytree(repository / "manifests", work / "manifests")
    (work / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    git(work, "init", "--quiet")
    git(work, "add", ".")

    refused = pre_commit(work, repository)
    (work / "manifests" / "bad.yaml").write_text(WRONG.replace("polcy", "policy"))
    git(work, "add", ".")
    passed = pre_commit(work, repository)

    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert "manifests/bad.yaml:5:1: error JM010" in refused.stdout
    assert passed.returncode == 0, passed.stdout + passed.stderr


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=ann", "-c", "user.email=ann@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


def pre_commit(work: Path, elsewhere: Path) -> subprocess.CompletedProcess[str]:
    programs = elsewhere / "bin"
    programs.mkdir(exist_ok=True)
    script = programs / "tasks"
    script.write_text(
        f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)} -m tasks_service "$@"\n'
    )
    script.chmod(0o755)
    env = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(elsewhere),
        "PRE_COMMIT_HOME": str(elsewhere / "cache"),
    }
    command = [sys.executable, "-m", "pre_commit", "run"]
    return subprocess.run(command, cwd=work, env=env, capture_output=True, text=True, timeout=100)


def test_every_action_is_pinned_to_a_release() -> None:
    actions = [step["uses"] for step in STEPS if "uses" in step]

    assert actions
    assert [action for action in actions if not re.fullmatch(r"[\w-]+/[\w/-]+@v\d+\.\d+\.\d+", action)] == []


def test_the_workflow_may_write_only_where_it_says_so() -> None:
    writes = {
        name: {k for k, v in job["permissions"].items() if v == "write"} for name, job in WORKFLOW["jobs"].items()
    }

    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert writes == {"validate": {"security-events"}, "plan": {"pull-requests"}}
    assert "pull_request_target" not in WORKFLOW[True], "a fork's files would meet this repository's rights"


@pytest.mark.parametrize("script", [step["run"] for step in STEPS if "run" in step])
def test_every_script_is_shell_that_names_real_commands_and_takes_no_text_of_strangers(script: str) -> None:
    checked = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True)

    assert (checked.returncode, checked.stderr) == (0, "")
    assert "${{" not in script, "what others write comes in by the environment"
    for name in re.findall(r"\btasks (\w+)", script):
        assert name in COMMANDS
    for target in re.findall(r"^make (\w+)", script):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)


@pytest.mark.parametrize("command", ["validate", "schema"])
def test_the_options_of_the_scripts_exist(command: str) -> None:
    scripts = "\n".join(step["run"] for step in STEPS if "run" in step)
    given = {
        o for part in re.findall(rf"tasks {command}([^>|\n]*)", scripts) for o in re.findall(r"(?<=\s)--?[a-z]+", part)
    }
    known = {option for parameter in COMMANDS[command].params for option in parameter.opts}

    assert given
    assert given <= known
