"""The second ledger: jobs whose manifest says ``store: redis``.

May import the core and redis. Every key carries one hash tag, so that each script touches one slot of a cluster;
values are JSON behind a stamp, and every write compares stamps first.
"""

from tasks_service.adapters.redis_ledger.connection import Connection
from tasks_service.adapters.redis_ledger.ledger import RedisLedger

__all__ = ["Connection", "RedisLedger"]
