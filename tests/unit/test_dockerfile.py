"""The reading of Dockerfiles that the image check rests on."""

from pathlib import Path

import pytest
from dockerfile import context, env_file, expand, parse
from original_readme import ENV_FILE
from running import ROOT

TWO_STAGES = """\
# A comment
FROM python:3.11-slim AS build
RUN first && \\
    # in between
    second
COPY --from=other --chown=1 a b/ c/

FROM python:3.11-slim
ENV PATH=/opt/bin:$PATH \\
    NAME="two words"
HEALTHCHECK --interval=30s CMD ["true"]
ENTRYPOINT ["tasks"]
CMD ["serve"]
"""


def test_stages_hold_their_instructions_without_comments_and_line_ends() -> None:
    build, image = parse(TWO_STAGES)

    assert [(step.verb, " ".join(step.text.split())) for step in build.steps] == [
        ("RUN", "first && second"),
        ("COPY", "a b/ c/"),
    ]
    assert build.steps[1].flags == {"from": "other", "chown": "1"}
    assert (build.name, image.base, image.name) == ("build", "python:3.11-slim", "1")


def test_the_command_is_entrypoint_and_cmd_or_what_is_said_instead() -> None:
    image = parse(TWO_STAGES)[-1]

    assert image.entry() == ["tasks", "serve"]
    assert image.entry(["worker"]) == ["tasks", "worker"]
    assert image.told["HEALTHCHECK"].text == 'CMD ["true"]'


def test_an_instruction_that_cannot_be_carried_out_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="ONBUILD"):
        parse("FROM x\nONBUILD RUN true\n")


def test_variables_are_those_set_before() -> None:
    assert expand("/opt/bin:$PATH:${NONE}", {"PATH": "/bin"}) == "/opt/bin:/bin:"


def test_an_env_file_is_read_as_docker_does() -> None:
    text = '# comment\nA=1\nQUOTED="two words"\nREF=$A\nHASH=a#b\nEQUALS=x=y\nEMPTY=\nHOST\nABSENT\n\n'

    assert env_file(text, {"HOST": "h"}) == {
        "A": "1",
        "QUOTED": '"two words"',
        "REF": "$A",
        "HASH": "a#b",
        "EQUALS": "x=y",
        "EMPTY": "",
        "HOST": "h",
    }
    assert env_file(ENV_FILE, {})["DATABASE_URL"] == "sqlite:///tasks.db"


def test_the_last_rule_of_dockerignore_that_fits_decides(tmp_path: Path) -> None:
    for name in (
        "keep/a.py",
        "keep/__pycache__/a.pyc",
        "keep/deep/__pycache__/b.pyc",
        "drop/b.py",
        ".env",
        "README.md",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")

    kept = context(tmp_path, "# rules\n*\n!keep\n!README.md\n**/__pycache__\n")

    assert [str(path) for path in kept] == ["README.md", "keep/a.py"]


def test_the_build_is_given_what_it_needs_and_nothing_local(tmp_path: Path) -> None:
    kept = {path.parts[0] for path in context(ROOT, (ROOT / ".dockerignore").read_text())}

    assert {"pyproject.toml", "tasks_service", "web", "manifests"} <= kept
    assert not kept & {".env", ".git", ".venv", "tests", "deploy", "data"}
