"""``run_job``: what a test of a job type sees is what a run would."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tasks_service.core.document import Document
from tasks_service.core.previous_success import PreviousSuccess
from tasks_service.jobs import BaseJob, JobFailed
from tasks_service.jobs.base_job import UnusableResult
from tasks_service.jobs.preparing import SecretMissing
from tasks_service.jobs.testing import run_job

DUE = datetime(2030, 3, 1, 12, tzinfo=timezone(timedelta(hours=2)))
BEFORE = PreviousSuccess(due_at=DUE, finished_at=DUE, result={"row": 5})


class Told(BaseJob):
    """Returns what it is told."""

    JOB_NAME = "Told"
    SECRETS = ("DECLARED",)
    SETTINGS = ("KNOWN",)

    class Params(Document):
        """Its parameters."""

        number: int = 1
        text: str = ""

    params: Params

    async def _execute_job(self) -> dict[str, Any]:
        context = self.context
        Path("written").write_text("here")
        return {
            "params": self.params.model_dump(),
            "secrets": dict(context.secrets),
            "settings": dict(context.settings),
            "due_at": context.due_at.isoformat(),
            "attempt": context.attempt,
            "workdir": str(context.workdir),
            "files": [path.name for path in context.workdir.iterdir()],
            "seconds": context.remaining_seconds(),
            "previous": context.previous_success is not None,
            "dry_run": context.dry_run,
            "url": context.bot_api.url,
        }


class Asking(Told):
    """Asks for everything."""

    PREVIOUS_SUCCESS = True
    DRY_RUN = True


class Failing(BaseJob):
    """Does not return what it should."""

    JOB_NAME = "Failing"
    OPTIONAL_PARAMS = ("what",)

    async def _execute_job(self) -> dict[str, Any]:
        self.context.progress(1, 2, "half")
        await asyncio.sleep(0)
        if self.params.what == "object":
            return {"it": object()}
        if self.params.what == "error":
            raise OSError("away")
        raise JobFailed("half done", {"done": 1})


def test_a_job_is_told_what_its_type_declares_and_no_more() -> None:
    given = {"secrets": {"DECLARED": "s", "OTHER": "o"}, "settings": {"KNOWN": "k", "OTHER": "o"}}

    told = run_job(Told, {"number": 2}, **given, previous_success=BEFORE, bot_api_url="http://bot.example.org")

    assert told["params"] == {"number": 2, "text": ""}
    assert (told["secrets"], told["settings"]) == ({"DECLARED": "s"}, {"KNOWN": "k"})
    assert (told["previous"], told["dry_run"], told["attempt"]) == (False, False, 1)
    assert told["url"] == "http://bot.example.org"
    assert told["seconds"] > 60


def test_a_type_that_asks_for_more_is_told_more() -> None:
    told = run_job(Asking, {}, due_at=DUE, attempt=3, previous_success=BEFORE, dry_run=True)

    assert (told["previous"], told["dry_run"], told["attempt"]) == (True, True, 3)
    assert told["due_at"] == "2030-03-01T10:00:00+00:00"


def test_its_directory_is_the_current_one_and_is_gone_afterwards() -> None:
    here = Path.cwd()

    told = run_job(Told, {})

    assert told["files"] == ["written"]
    assert not Path(told["workdir"]).exists()
    assert Path.cwd() == here


def test_a_directory_of_the_test_is_kept(tmp_path: Path) -> None:
    told = run_job(Told, {}, workdir=tmp_path)

    assert told["workdir"] == str(tmp_path)
    assert (tmp_path / "written").read_text() == "here"


@pytest.mark.parametrize("parameters", [{"number": "2"}, {"number": True}, {"nmber": 2}, {"number": None}])
def test_parameters_are_judged_as_those_of_a_manifest(parameters: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        run_job(Told, parameters)


def test_references_are_replaced_by_the_secrets_of_the_test() -> None:
    told = run_job(Told, {"text": "key ${TASKS_SECRET_KEY}"}, secrets={"TASKS_SECRET_KEY": "open"})

    assert told["params"]["text"] == "key open"
    assert told["secrets"] == {}
    with pytest.raises(SecretMissing, match="TASKS_SECRET_KEY, which is not set"):
        run_job(Told, {"text": "key ${TASKS_SECRET_KEY}"})


def test_what_the_job_raises_is_raised_and_what_it_tells_is_told() -> None:
    told: list[tuple[float, float | None, str]] = []

    def keep(done: float, total: float | None = None, text: str = "") -> None:
        told.append((done, total, text))

    with pytest.raises(JobFailed, match="half done") as failure:
        run_job(Failing, {}, progress=keep)
    assert failure.value.result == {"done": 1}
    assert told == [(1, 2, "half")]
    with pytest.raises(OSError, match="away"):
        run_job(Failing, {"what": "error"})
    with pytest.raises(UnusableResult, match="no JSON"):
        run_job(Failing, {"what": "object"})


def test_what_no_run_can_be_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="due_at 2030-01-01T00:00:00 has no offset"):
        run_job(Told, {}, due_at=datetime(2030, 1, 1, tzinfo=UTC).replace(tzinfo=None))
    with pytest.raises(ValueError, match="Told has no dry run: set DRY_RUN = True"):
        run_job(Told, {}, dry_run=True)
