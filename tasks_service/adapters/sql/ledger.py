"""The ledger as a whole: its parts share nothing but the engine."""

from tasks_service.adapters.sql.ledger_claims import LedgerClaims
from tasks_service.adapters.sql.ledger_figures import LedgerFigures
from tasks_service.adapters.sql.ledger_past import LedgerPast
from tasks_service.adapters.sql.ledger_reads import LedgerReads
from tasks_service.adapters.sql.ledger_requests import LedgerRequests
from tasks_service.adapters.sql.ledger_retention import LedgerRetention
from tasks_service.adapters.sql.ledger_runs import LedgerRuns


class SqlLedger(LedgerClaims, LedgerRequests, LedgerRuns, LedgerReads, LedgerPast, LedgerFigures, LedgerRetention):
    """Implements ``Ledger``."""
