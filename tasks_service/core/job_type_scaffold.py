"""The beginning of a job type: its file, its test, and what makes a package of it, as text."""

import keyword
import re
from string import Template

LONGEST_NAME = 40
"""Characters; with more, the lines of the files would be longer than this project's rules allow."""
_NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{LONGEST_NAME - 1}}}")
NAME_FORM = (
    f"lower-case letters, digits and _, at most {LONGEST_NAME} of them and a letter first, such as nightly_report"
)

_IN_THE_FILE = frozenset({"Any", "BaseJob", "Document", "Field", "JobFailed", "Params"})
"""Names that the file itself uses: the class must have another."""

_MODULE = Template('''"""$title: say here what it does, and for whom."""

from typing import Any

$imports


class $class_name(BaseJob):
    """Counts the words of a text; put your own work in its place."""

    JOB_NAME = "$title"
    JOB_DESCRIPTION = "Counts the words of a text."
    SECRETS = ()
    """Environment variables whose values its runs are given, such as ("SLACK_BOT_TOKEN",); see context.secrets."""
    SETTINGS = ()
    """Settings of the service that its runs are told, such as ("SLACK_API_BASE_URL",); see context.settings."""
    NETWORK = False
    """Set it to True if it speaks to the network: the sandbox refuses sockets otherwise."""

    class Params(Document):
        """What stands under `parameters` in a manifest. The texts below go into the schema that editors show."""

        text: str = Field(examples=["three short words"])
        """The text whose words are counted."""
        at_least: int = Field(default=0, ge=0)
        """With fewer words than this the run fails."""

    params: Params

    async def _execute_job(self) -> dict[str, Any]:
        words = self.params.text.split()
        self.context.logger.info("counting %d words", len(words))  # a line of the run's output
        for done, _word in enumerate(words, start=1):
            self.context.progress(done, len(words), "words")  # shown live beside the run
        if len(words) < self.params.at_least:
            # Any exception fails the run; this one keeps a result beside the error.
            raise JobFailed(f"{len(words)} words, at least {self.params.at_least} are wanted", {"words": len(words)})
        return {"words": len(words)}  # the result that is kept with the run: a dict that JSON can hold
''')

_TEST = Template('''"""$title, without the service: run_job runs it as a run would."""

$imports


def test_words_are_counted() -> None:
    assert run_job($class_name, {"text": "three short words"}) == {"words": 3}


def test_too_few_words_fail_the_run_and_are_told() -> None:
    with pytest.raises(JobFailed, match="at least 5 are wanted") as failure:
        run_job($class_name, {"text": "two words", "at_least": 5})

    assert failure.value.result == {"words": 2}


def test_a_number_as_text_is_refused_as_in_a_manifest() -> None:
    with pytest.raises(ValidationError, match="at_least"):
        run_job($class_name, {"text": "two words", "at_least": "5"})
''')

_PROJECT = Template("""[project]
name = "$package"
version = "0.1.0"
description = "The job type $name."
requires-python = ">=3.11"
dependencies = ["insightmesh-tasks"]

[project.optional-dependencies]
test = ["pytest"]

$table
$entry

[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[tool.hatch.build]
include = ["/*.py"]
exclude = ["/test_*.py"]
dev-mode-dirs = ["."]
""")

ENTRY_POINTS = '[project.entry-points."tasks_service.job_types"]'
"""The table of a ``pyproject.toml`` in which a package lists its job types."""


def name_trouble(name: str) -> str:
    """What is wrong with a name for a job type; empty where nothing is."""
    if not _NAME.fullmatch(name):
        return f"{name[:80]!r} is no name for a job type"
    return f"{name!r} is a word of Python's own" if keyword.iskeyword(name) else ""


def module_text(name: str, *, in_service: bool) -> str:
    """The file of the job type, in the package of the service or in one of its own."""
    imports = _imports(
        ["from pydantic import Field"],
        ["from tasks_service.core.document import Document", "from tasks_service.jobs import BaseJob, JobFailed"],
        in_service=in_service,
    )
    return _MODULE.substitute(title=_title(name), class_name=_class_name(name), imports=imports)


def example_test_text(name: str, *, in_service: bool) -> str:
    """The file of its test."""
    own = f"from {f'tasks_service.jobs.{name}' if in_service else name} import {_class_name(name)}"
    theirs = ["import pytest", "from pydantic import ValidationError"]
    ours = ["from tasks_service.jobs import JobFailed", "from tasks_service.jobs.testing import run_job"]
    imports = _imports(theirs, sorted([*ours, own]) if in_service else ours, in_service=in_service)
    if not in_service:
        imports = f"{imports}\n\n{own}"
    return _TEST.substitute(title=_title(name), class_name=_class_name(name), imports=imports)


def _imports(theirs: list[str], ours: list[str], *, in_service: bool) -> str:
    """Lines of imports, sorted as linters want them: to another package the service is a library like any other."""
    return "\n".join([*theirs, *([""] if in_service else []), *ours])


def project_text(name: str) -> str:
    """The ``pyproject.toml`` of a package of its own."""
    return _PROJECT.substitute(name=name, package=name.replace("_", "-"), table=ENTRY_POINTS, entry=entry_text(name))


def entry_text(name: str) -> str:
    """The line that makes a job type known, below ``ENTRY_POINTS``."""
    return f'{name} = "{name}:{_class_name(name)}"'


def _title(name: str) -> str:
    return " ".join(part.capitalize() for part in name.split("_") if part)


def _class_name(name: str) -> str:
    plain = "".join(part.capitalize() for part in name.split("_"))
    return f"{plain}Job" if plain in _IN_THE_FILE or keyword.iskeyword(plain) else plain
