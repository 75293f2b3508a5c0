"""What a database has recorded of jobs, read without changing anything in it; the service need not run."""

from dataclasses import dataclass
from datetime import datetime

from tasks_service.adapters.sql.checkup import examine_database, reading_only, sqlite_file
from tasks_service.adapters.sql.engine import make_engine
from tasks_service.adapters.sql.inventory import SqlInventory
from tasks_service.adapters.sql.ledger import SqlLedger
from tasks_service.adapters.sql.overrides import SqlOverrides
from tasks_service.core.checkup.database import Schema
from tasks_service.core.errors import StoreUnavailable
from tasks_service.core.override import Override
from tasks_service.core.run_durations import Durations

_WORDS = {
    Schema.ABSENT: "it holds no tables of the service yet",
    Schema.OLDER: "an older version of the service made its tables",
    Schema.UNKNOWN: "a newer version of the service made its tables",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What is known of the live jobs, by the key of their ``job_id``."""

    durations: dict[str, Durations]
    overrides: dict[str, list[Override]]


def read_recorded(url: str, since: datetime) -> Recorded:
    """Durations of runs since a moment, and overrides; ``StoreUnavailable`` with the reason where there are none."""
    file = sqlite_file(url)
    if file is not None and not file.exists():
        raise StoreUnavailable(f"{file} is not there")
    facts = examine_database(url, lambda: since)
    if facts.trouble or facts.schema is not Schema.CURRENT:
        raise StoreUnavailable(facts.trouble or _WORDS[facts.schema])
    engine = reading_only(file) if file is not None else make_engine(url)
    try:
        live = {job.job_uid: job.manifest for job in SqlInventory(engine).jobs()}
        durations = SqlLedger(engine).durations(live, since)
        overrides = SqlOverrides(engine).all()
    finally:
        engine.dispose()
    return Recorded(
        durations={live[uid].key: found for uid, found in durations.items()},
        overrides={job.key: found for uid, job in live.items() if (found := overrides.of(uid, job.labels))},
    )
