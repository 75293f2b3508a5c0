"""All stores of one database."""

from sqlalchemy import Engine

from tasks_service.adapters.sql.alarms import SqlAlarms
from tasks_service.adapters.sql.archive import SqlArchive
from tasks_service.adapters.sql.artifacts import SqlArtifacts
from tasks_service.adapters.sql.bot import SqlBot
from tasks_service.adapters.sql.calendars import SqlCalendars
from tasks_service.adapters.sql.database import SqlDatabase
from tasks_service.adapters.sql.engine import fenced, make_engine
from tasks_service.adapters.sql.history import SqlHistory
from tasks_service.adapters.sql.inventory import SqlInventory
from tasks_service.adapters.sql.journal import SqlJournal
from tasks_service.adapters.sql.lease import SqlLease
from tasks_service.adapters.sql.ledger import SqlLedger
from tasks_service.adapters.sql.manifests import SqlManifests
from tasks_service.adapters.sql.members import SqlBells, SqlMembers
from tasks_service.adapters.sql.output import SqlOutput
from tasks_service.adapters.sql.overrides import SqlOverrides
from tasks_service.adapters.sql.preflights import SqlPreflights
from tasks_service.adapters.sql.progress import SqlProgress
from tasks_service.adapters.sql.syncs import SqlSyncs
from tasks_service.adapters.sql.tallies import SqlTallies
from tasks_service.core.stores import Stores


def open_stores(url: str) -> Stores:
    """The stores at a database address; connects at their first use. ``InvalidInput`` for an address it cannot read."""
    return _stores(make_engine(url))


def _stores(engine: Engine) -> Stores:
    return Stores(
        database=SqlDatabase(engine),
        inventory=SqlInventory(engine),
        calendars=SqlCalendars(engine),
        ledger=SqlLedger(engine),
        tallies=SqlTallies(engine),
        output=SqlOutput(engine),
        progress=SqlProgress(engine),
        artifacts=SqlArtifacts(engine),
        overrides=SqlOverrides(engine),
        manifests=SqlManifests(engine),
        alarms=SqlAlarms(engine),
        preflights=SqlPreflights(engine),
        syncs=SqlSyncs(engine),
        journal=SqlJournal(engine),
        lease=SqlLease(engine),
        members=SqlMembers(engine),
        bells=SqlBells(engine),
        bot=SqlBot(engine),
        archive=SqlArchive(engine),
        history=SqlHistory(engine),
        behind=lambda fence: _stores(fenced(engine, fence)),
    )
