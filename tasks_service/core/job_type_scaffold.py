"""The beginning of a job type: its file, its test, and what makes a package of it, as text."""

import keyword
import re
from string import Template

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
NAME_FORM = "lower-case letters, digits and _, a letter first, such as nightly_report"

_MODULE = Template('''"""$title: say here what it does, and for whom."""

from typing import Any

from pydantic import Field

from tasks_service.core.document import Document
from tasks_service.jobs.base_job import BaseJob, JobFailed


class $class_name(BaseJob):
    """Counts the words of a text; put your own work in its place."""

    JOB_NAME = "$title"
    JOB_DESCRIPTION = "Counts the words of a text."
    SECRETS = ()
    """Environment variables that its runs are given, such as ("SLACK_BOT_TOKEN",); see context.secrets."""
    NETWORK = False
    """Say True if it speaks to the network: the sandbox refuses sockets otherwise."""

    class Params(Document):
        """What stands under `parameters` in a manifest. The texts below go into the schema that editors show."""

        text: str = Field(examples=["three short words"])
        """The text whose words are counted."""
        at_least: int = 0
        """With fewer words than this the run fails."""

    async def _execute_job(self) -> dict[str, Any]:
        words = self.params.text.split()
        self.context.logger.info("counting %d words", len(words))
        for done, _word in enumerate(words, start=1):
            self.context.progress(done, len(words), "words")  # shown live beside the run
        if len(words) < self.params.at_least:
            raise JobFailed(f"{len(words)} words, at least {self.params.at_least} are wanted", {"words": len(words)})
        return {"words": len(words)}
''')

_TEST = Template('''"""$title, without the service: run_job runs it as a run would."""

import pytest

from $module import $class_name
from tasks_service.jobs.base_job import JobFailed
from tasks_service.jobs.testing import run_job


def test_words_are_counted() -> None:
    assert run_job($class_name, {"text": "three short words"}) == {"words": 3}


def test_too_few_words_fail_the_run() -> None:
    with pytest.raises(JobFailed, match="at least 5"):
        run_job($class_name, {"text": "two words", "at_least": 5})
''')

_PROJECT = Template("""[project]
name = "$package"
version = "0.1.0"
description = "The job type $name."
requires-python = ">=3.11"
dependencies = ["insightmesh-tasks"]

[project.entry-points."tasks_service.job_types"]
$name = "$name:$class_name"

[build-system]
requires = ["setuptools>=68"]
build-backend = "setuptools.build_meta"

[tool.setuptools]
py-modules = ["$name"]
""")


def name_trouble(name: str) -> str:
    """What is wrong with a name for a job type; empty where nothing is."""
    if not _NAME.fullmatch(name):
        return f"{name[:80]!r} is no name for a job type"
    return f"{name!r} is a word of Python's own" if keyword.iskeyword(name) else ""


def module_text(name: str) -> str:
    """The file of the job type."""
    return _MODULE.substitute(title=_title(name), class_name=_class_name(name))


def example_test_text(name: str, module: str) -> str:
    """The file of its test; ``module`` is where it is imported from."""
    return _TEST.substitute(title=_title(name), class_name=_class_name(name), module=module)


def project_text(name: str) -> str:
    """The ``pyproject.toml`` of a package of its own."""
    return _PROJECT.substitute(name=name, class_name=_class_name(name), package=name.replace("_", "-"))


def _title(name: str) -> str:
    return " ".join(part.capitalize() for part in name.split("_") if part)


def _class_name(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_") if part)
