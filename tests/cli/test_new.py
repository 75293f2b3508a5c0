"""``tasks new``: a manifest that is valid as it stands, with everything else that its type knows switched off."""

import re
import sys
from pathlib import Path
from subprocess import run

import pytest
from command_line import tasks
from running import ROOT

from tasks_service.jobs.job_registry import load_job_types

TYPES = sorted(load_job_types())
PLUGIN = ROOT / "tests/sandbox/plugin"
NO_SCHEMA = "note: editors look for schemas/job.schema.json, which is missing; `tasks schema` writes it\n"
MODELINE = re.compile(r"# yaml-language-server: \$schema=(\S+)")


def switched_on(text: str, key: str) -> str:
    """The text with one of the parameters that are switched off switched on, and their mapping with it."""
    lines = text.splitlines()
    if "#parameters:" in lines:
        start = lines.index("#parameters:")
        end = next(n for n in range(start + 1, len(lines)) if not lines[n].startswith("#  "))
        lines[start:end] = [line.removeprefix("#") for line in lines[start:end]]
    return "\n".join(re.sub(rf"^  #({key}:)", r"  \1", line) for line in lines) + "\n"


@pytest.mark.parametrize("job_type", TYPES)
def test_the_manifest_of_every_type_is_valid_as_it_stands(job_type: str, tmp_path: Path) -> None:
    written = tasks("new", job_type, "--file", "manifests/mine.yaml", cwd=tmp_path)

    checked = tasks("validate", cwd=tmp_path)

    assert (written.exit_code, written.stderr) == (0, f"{NO_SCHEMA}wrote manifests/mine.yaml\n")
    assert (checked.exit_code, checked.stdout) == (0, "1 valid manifest in 1 file; no problems\n")
    assert "job_id: mine\n" in (tmp_path / "manifests/mine.yaml").read_text()


@pytest.mark.parametrize(
    ("job_type", "key"),
    [(name, key) for name in TYPES for key in load_job_types()[name].optional_params],
)
def test_every_parameter_that_may_be_given_stands_ready_to_be_switched_on(
    job_type: str, key: str, tmp_path: Path
) -> None:
    text = switched_on(tasks("new", job_type).stdout, key)
    (tmp_path / "job.yaml").write_text(text)

    checked = tasks("validate", "job.yaml", cwd=tmp_path)

    assert re.search(rf"^  {key}: ", text, flags=re.MULTILINE)
    assert (checked.exit_code, checked.stdout) == (0, "1 valid manifest in 1 file; no problems\n")


@pytest.mark.parametrize("trigger", ["interval", "date"])
def test_the_other_kinds_of_schedule_stand_ready(trigger: str, tmp_path: Path) -> None:
    text = tasks("new", "metrics_collection").stdout
    text = re.sub(r"^  (trigger: cron|expression:)", r"  #\1", text, flags=re.MULTILINE)
    key = {"interval": "minutes", "date": "run_date"}[trigger]
    text = re.sub(rf"^  #(trigger: {trigger}|{key}:)", r"  \1", text, flags=re.MULTILINE)
    (tmp_path / "job.yaml").write_text(text)

    assert f"  trigger: {trigger}\n" in text
    assert tasks("validate", "job.yaml", cwd=tmp_path).exit_code == 0


def test_descriptions_stand_above_the_keys_and_secrets_are_references() -> None:
    text = tasks("new", "http_request").stdout

    assert "  # What is done at that address.\n  #method: GET\n" in text
    assert "#headers: {Authorization: 'Bearer ${TASKS_SECRET_EXAMPLE}'}" in text


def test_a_type_of_another_package_gets_one_too(tmp_path: Path) -> None:
    places = [str(ROOT), str(PLUGIN)]
    code = f"import sys; sys.path += {places!r}; from tasks_service.__main__ import main; main()"
    command = [sys.executable, "-c", code]

    new = run([*command, "new", "code", "--file", "code.yaml"], cwd=tmp_path, capture_output=True, text=True)
    checked = run([*command, "validate", "code.yaml"], cwd=tmp_path, capture_output=True, text=True)

    assert (new.returncode, new.stderr) == (0, f"{NO_SCHEMA}wrote code.yaml\n")
    assert (checked.returncode, checked.stdout) == (0, "1 valid manifest in 1 file; no problems\n")
    text = (tmp_path / "code.yaml").read_text()
    assert "  # The program.\n  code: change-me\n  # Anything.\n  #note: change-me\n" in text
    assert "# Its runs are given PLUGIN_SECRET from the settings of the service: no secret stands here.\n" in text


@pytest.mark.parametrize("file", ["manifests/a.yaml", "manifests/team/deep/a.yaml", "a.yaml", "elsewhere/a.yaml"])
def test_the_modeline_leads_to_the_schema_from_wherever_the_file_goes(file: str, tmp_path: Path) -> None:
    assert tasks("init", cwd=tmp_path).exit_code == 0

    done = tasks("new", "command", "--file", file, cwd=tmp_path)

    assert done.stderr == f"wrote {file}\n"
    found = MODELINE.match((tmp_path / file).read_text())
    assert found
    assert not Path(found[1]).is_absolute()
    assert ((tmp_path / file).parent / found[1]).resolve() == tmp_path / "schemas/job.schema.json"


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("mine")
    (tmp_path / "link.yaml").symlink_to("nowhere")

    for name in ("mine.yaml", "link.yaml"):
        done = tasks("new", "command", "--file", name, cwd=tmp_path)

        assert done.exit_code == 2
        assert done.stderr.removeprefix(NO_SCHEMA).startswith(f"tasks: {name} is there already; nothing was written\n")
    assert (tmp_path / "mine.yaml").read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("comand",), "tasks: job type 'comand' is not known\n  did you mean 'command'?\n"),
        (("zzz",), "tasks: job type 'zzz' is not known\n  known job types: command, http_request, "),
        (("command", "--id", "a b"), "tasks: 'a b' is no job_id\n  a job_id is made of letters, "),
        (("command", "--file", "README.md/x.yaml"), "tasks: README.md: File exists\n"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    done = tasks("new", *arguments)

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(sentence)
