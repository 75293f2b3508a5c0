"""One sync by a process that does nothing else: it leads for that long, and starts no run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event

from tasks_service.control.identity import Identity
from tasks_service.control.leader import Leader
from tasks_service.control.plan_desk import PlanDesk
from tasks_service.control.reconciler import Reconciler
from tasks_service.core.errors import Conflict
from tasks_service.core.plan_report.report import PlanReport
from tasks_service.core.ports import Clock, Host
from tasks_service.core.stores import AuditEntry, Fence, Stores

_PATIENCE_SECONDS = 15.0


class SingleSync:
    """Carries a plan out beside no service."""

    def __init__(
        self,
        *,
        clock: Clock,
        host: Host,
        identity: Identity,
        stores: Stores,
        fence: Fence,
        desk: PlanDesk,
        reconciler: Reconciler,
    ) -> None:
        self._clock = clock
        self._stores = stores
        self._desk = desk
        self._reconciler = reconciler
        self._known = Event()
        """Set when it is known whether this process leads."""
        self._leader = Leader(
            clock=clock,
            host=host,
            lease=stores.lease,
            fence=fence,
            owner=identity.owner,
            lead=self._known.set,
            follow=self._known.set,
            step_down=lambda: None,
        )

    def run(self, agreed: Callable[[PlanReport], bool], confirming: str = "", actor: str = "") -> PlanReport:
        """Plan, and carry it out if it is ``agreed`` to; the report from before.

        ``confirming`` is the id of the plan whose held actions are allowed. Raises ``Conflict`` where a process leads.
        """
        with self._leading():
            report = self._desk.report()
            if agreed(report):
                if confirming:
                    self._confirm(confirming, actor)
                self._reconciler.load()
                self._reconciler.sync()
            return report

    def _confirm(self, plan_id: str, actor: str) -> None:
        now = self._clock.now()
        self._stores.syncs.confirm(plan_id, actor, now)
        self._stores.journal.audit(AuditEntry(at=now, actor=actor, action="sync.confirm", object=plan_id))

    @contextmanager
    def _leading(self) -> Iterator[None]:
        self._leader.start()
        try:
            self._known.wait(_PATIENCE_SECONDS)
            if not self._leader.leading:
                raise Conflict(
                    "a service leads on this database, and applies what its sources show by itself",
                    hint="name it with --server URL, or stop it first",
                )
            yield
        finally:
            self._leader.stop()
