"""The checks of ``tasks doctor``: who examines what, and who judges it."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import TypeVar

from pydantic import SecretStr

import tasks_service
from tasks_service.adapters.bot_api_checkup import examine_bot_api
from tasks_service.adapters.disk_checkup import examine_folder, newest_write
from tasks_service.adapters.git_checkup import examine_git
from tasks_service.adapters.git_source import Mirror
from tasks_service.adapters.local_executor import LocalExecutor
from tasks_service.adapters.slack_checkup import examine_slack
from tasks_service.adapters.sql.checkup import examine_database, sqlite_file
from tasks_service.adapters.sql.stores import open_stores
from tasks_service.adapters.system_clock import SystemClock
from tasks_service.app.confinement import confinement
from tasks_service.app.manifests import rulebook
from tasks_service.app.sources import remotes, sources
from tasks_service.control.api_source import ApiSource
from tasks_service.core.checkup import Finding, Verdict
from tasks_service.core.checkup.access import judge_access, judge_settings
from tasks_service.core.checkup.bot_api import judge_bot_api
from tasks_service.core.checkup.broker import judge_broker
from tasks_service.core.checkup.clock import judge_clock
from tasks_service.core.checkup.database import judge_database
from tasks_service.core.checkup.disk import judge_disk
from tasks_service.core.checkup.finding import combined
from tasks_service.core.checkup.git import RemoteFacts, judge_git
from tasks_service.core.checkup.manifests import judge_job_types, judge_manifests
from tasks_service.core.checkup.redis import judge_redis
from tasks_service.core.checkup.sandbox import judge_sandbox
from tasks_service.core.checkup.slack import judge_slack
from tasks_service.core.errors import TasksError
from tasks_service.core.manifest import JobManifest
from tasks_service.core.masking import prose_mask
from tasks_service.core.progress import Progress
from tasks_service.core.run import OutputLine, RunResult
from tasks_service.core.state import Snapshot
from tasks_service.jobs.job_registry import job_type_problems, load_job_types
from tasks_service.jobs.slack_api import TOKEN, TOKEN_ADVICE
from tasks_service.settings import Settings
from tasks_service.settings.addresses import shown_address

T = TypeVar("T")
Check = Callable[[], Finding]

_JOBS_SECONDS = 2.0
"""How long a check waits to learn which jobs there are."""


def examine(checks: Mapping[str, Check], seconds: float, secrets: Iterable[str]) -> Iterator[tuple[str, Finding]]:
    """The finding of each check, all of them carried out at once; one that takes longer than ``seconds`` has failed.
    What any of ``secrets`` shows in is masked."""
    mask = prose_mask(secrets)
    deadline = monotonic() + seconds
    for name, future in {name: _begun(check) for name, check in checks.items()}.items():
        try:
            found = future.result(max(0.0, deadline - monotonic()))
        except TimeoutError:
            found = Finding(
                Verdict.FAILURE,
                f"No answer within {seconds:g} s.",
                "Something on the way swallows the question: see address, network and firewall.",
            )
        except Exception as error:  # noqa: BLE001 - whatever breaks one check must not keep the others
            found = Finding(
                Verdict.FAILURE,
                f"The check itself failed: {type(error).__name__}: {next(iter(str(error).splitlines()), '')}.",
                "Report it with this sentence.",
            )
        yield name, Finding(found.verdict, mask(found.sentence), mask(found.remedy))


def checks(settings: Settings) -> dict[str, Check]:
    """Every check by its name, in the order in which they are told."""
    jobs = _Jobs(settings)
    return {
        "settings": lambda: judge_settings(settings.warnings),
        "access": lambda: judge_access(settings.host, loopback=settings.loopback, keys_on=settings.api_key is not None),
        "database": lambda: _database(settings),
        "redis": lambda: _redis(settings, jobs),
        "broker": lambda: _broker(settings),
        "slack": lambda: _slack(settings, jobs),
        "bot API": lambda: _bot_api(settings),
        "git": lambda: judge_git(examine_git(settings.manifests), str(settings.manifests), _remotes(settings)),
        "sandbox": lambda: _sandbox(settings),
        "clock": lambda: _clock(settings),
        "disk": lambda: _disk(settings),
        "manifests": lambda: _manifests(settings, jobs),
        "job types": lambda: judge_job_types(sorted(load_job_types()), list(map(str, job_type_problems()))),
    }


def _remotes(settings: Settings) -> list[RemoteFacts]:
    found = []
    for name, remote, _ in remotes(settings):
        told = RemoteFacts(source=name, url=remote.url, branch=remote.branch)
        try:
            found.append(replace(told, tip=Mirror(remote, settings.data_dir / "git").remote_tip()))
        except TasksError as error:
            found.append(replace(told, trouble=error.message))
    return found


class _Jobs:
    """The jobs of the files and of the API, read once, beside the checks that ask for them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.of_files = {source.name: _begun(source.snapshot) for source in sources(settings, SystemClock())}
        self._of_api = _begun(self._read_api)

    def where(self, wanted: Callable[[JobManifest], bool]) -> list[str]:
        """The jobs whose manifests are so, as far as they can be read in time."""
        found: set[str] = set()
        for reading in (*self.of_files.values(), self._of_api):
            with suppress(Exception):  # the checks of manifests and database say why they cannot be read
                found |= {m.manifest.job_id for m in reading.result(_JOBS_SECONDS).manifests if wanted(m.manifest)}
        return sorted(found)

    def _read_api(self) -> Snapshot:
        url = self._settings.database_url.get_secret_value()
        file = sqlite_file(url)
        if file is not None and not file.exists():
            raise TasksError("there is no database yet")
        stores = open_stores(url)
        try:
            return ApiSource(stores.manifests, rulebook(self._settings), SystemClock()).snapshot()
        finally:
            stores.database.close()


def _begun(call: Callable[[], T]) -> Future[T]:
    """The call, carried out in a thread that nobody has to wait for."""
    future: Future[T] = Future()

    def carry_out() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - whoever asks for the result is told
            future.set_exception(error)

    Thread(target=carry_out, daemon=True).start()
    return future


def _text(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def _database(settings: Settings) -> Finding:
    url = settings.database_url.get_secret_value()
    return judge_database(examine_database(url, SystemClock().now), shown_address(url))


def _redis(settings: Settings, jobs: _Jobs) -> Finding:
    users = jobs.where(lambda manifest: manifest.store == "redis")
    url = _text(settings.redis_url)
    if not url:
        return judge_redis(None, "", users)
    from tasks_service.adapters.redis_checkup import examine_redis  # most installations have none

    return judge_redis(examine_redis(url), shown_address(url), users)


def _broker(settings: Settings) -> Finding:
    url = _text(settings.broker_url)
    if settings.executor != "celery":
        return judge_broker(None, "")
    from tasks_service.adapters.kombu_checkup import broker_trouble  # most installations have none

    return judge_broker(broker_trouble(url, settings.broker_options.get_secret_value()), shown_address(url))


def _slack(settings: Settings, jobs: _Jobs) -> Finding:
    types = {name for name, known in load_job_types().items() if TOKEN in known.secrets}
    users = jobs.where(lambda manifest: manifest.job_type in types)
    token = _text(settings.slack_bot_token)
    facts = examine_slack(token, settings.slack_api_base_url) if token else None
    return judge_slack(facts, users, TOKEN_ADVICE)


def _bot_api(settings: Settings) -> Finding:
    url = settings.bot_api_url
    facts = examine_bot_api(url, _text(settings.bot_api_key)) if url else None
    return judge_bot_api(facts, shown_address(url or ""))


class _Nobody:
    """Listens to an executor that carries nothing out."""

    def output(self, run_id: str, lines: Sequence[OutputLine]) -> None:
        """No run, no output."""

    def progress(self, run_id: str, progress: Progress) -> None:
        """No run, no progress."""

    def finished(self, result: RunResult) -> None:
        """No run, no end."""


def _sandbox(settings: Settings) -> Finding:
    wanted = confinement(settings)
    with tempfile.TemporaryDirectory() as folder:
        executor = LocalExecutor(SystemClock(), None, Path(folder), confinement=wanted)
        try:
            executor.start(_Nobody())
        except TasksError as error:
            return judge_sandbox(wanted, None, error.message.removeprefix("the sandbox does not start: "))
        try:
            return judge_sandbox(wanted, executor.sandbox())
        finally:
            executor.stop(0)


def _clock(settings: Settings) -> Finding:
    file = sqlite_file(settings.database_url.get_secret_value())
    written = [Path(tasks_service.__file__), settings.data_dir, *([file] if file else [])]
    return judge_clock(SystemClock().now(), newest_write(written))


def _disk(settings: Settings) -> Finding:
    file = sqlite_file(settings.database_url.get_secret_value())
    folders = [examine_folder("TASKS_DATA_DIR", settings.data_dir, made_if_absent=True)]
    if file:
        folders.append(examine_folder("DATABASE_URL", file.absolute().parent, made_if_absent=False))
    return judge_disk(folders)


def _manifests(settings: Settings, jobs: _Jobs) -> Finding:
    places = {"directory": str(settings.manifests)} | {name: remote.url for name, remote, _ in remotes(settings)}
    return combined(*(_source(reading, places[name]) for name, reading in jobs.of_files.items()))


def _source(reading: Future[Snapshot], place: str) -> Finding:
    try:
        return judge_manifests(reading.result(), place)
    except TasksError as error:
        return judge_manifests(None, place, error.message, error.hint)
