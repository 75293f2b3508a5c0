"""The stores: what is kept in SQL, one port per noun.

Every method is one transaction: when it returns, its writes are committed. A store that cannot be reached raises
``StoreUnavailable``. All times are UTC and aware.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tasks_service.core.stores.alarms import AlarmChanges, AlarmFilter, AlarmStore
from tasks_service.core.stores.archive import Archive, ClaimGround, Clearance, JobCursor, LedgerRow
from tasks_service.core.stores.artifacts import ArtifactStore
from tasks_service.core.stores.bot import BotStore, StoredMetrics
from tasks_service.core.stores.calendars import CalendarStore
from tasks_service.core.stores.database import Database
from tasks_service.core.stores.history import HistoryStore
from tasks_service.core.stores.inventory import InventoryStore
from tasks_service.core.stores.journal import AuditEntry, Happening, Journal
from tasks_service.core.stores.lease import Fence, Lease, LeaseStore
from tasks_service.core.stores.ledger import (
    Backlog,
    LastSuccess,
    Ledger,
    Neighbourhood,
    OutcomeCount,
    RunFilter,
    Started,
    TurningPoint,
    Usage,
)
from tasks_service.core.stores.manifests import ApiManifest, ManifestStore
from tasks_service.core.stores.members import BellStore, Member, MemberStore, Sighting
from tasks_service.core.stores.output import OutputStore
from tasks_service.core.stores.overrides import OverrideStore, Standing
from tasks_service.core.stores.page import Page
from tasks_service.core.stores.preflights import PreflightStore
from tasks_service.core.stores.progress import ProgressStore
from tasks_service.core.stores.second import SecondLedger, StoreState
from tasks_service.core.stores.syncs import PlannedAction, Problem, SourceCommit, SourceState, SyncRecord, SyncStore
from tasks_service.core.stores.tallies import TallyStore

__all__ = [
    "AlarmChanges",
    "AlarmFilter",
    "AlarmStore",
    "ApiManifest",
    "Archive",
    "ArtifactStore",
    "AuditEntry",
    "Backlog",
    "BellStore",
    "BotStore",
    "CalendarStore",
    "ClaimGround",
    "Clearance",
    "Database",
    "Fence",
    "Happening",
    "HistoryStore",
    "InventoryStore",
    "JobCursor",
    "Journal",
    "LastSuccess",
    "Lease",
    "LeaseStore",
    "Ledger",
    "LedgerRow",
    "ManifestStore",
    "Member",
    "MemberStore",
    "Neighbourhood",
    "OutcomeCount",
    "OutputStore",
    "OverrideStore",
    "Page",
    "PlannedAction",
    "PreflightStore",
    "Problem",
    "ProgressStore",
    "RunFilter",
    "SecondLedger",
    "Sighting",
    "SourceCommit",
    "SourceState",
    "Standing",
    "Started",
    "StoreState",
    "StoredMetrics",
    "Stores",
    "SyncRecord",
    "SyncStore",
    "TallyStore",
    "TurningPoint",
    "Usage",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """All stores of one database."""

    database: Database
    inventory: InventoryStore
    calendars: CalendarStore
    ledger: Ledger
    tallies: TallyStore
    output: OutputStore
    progress: ProgressStore
    artifacts: ArtifactStore
    overrides: OverrideStore
    manifests: ManifestStore
    alarms: AlarmStore
    preflights: PreflightStore
    syncs: SyncStore
    journal: Journal
    lease: LeaseStore
    members: MemberStore
    bells: BellStore
    bot: BotStore
    archive: Archive
    history: HistoryStore
    second: SecondLedger | None = None
    """The ledger of the jobs with ``store: redis``, where one is configured; ``ledger`` leads to it."""
    behind: Callable[[Fence], "Stores"]
    """The same stores as a leader's: every write raises ``LeadLost`` unless the fence's lease is still the present one,
    judged in the same transaction."""

    def close(self) -> None:
        """Give all connections back."""
        if self.second:
            self.second.close()
        self.database.close()
