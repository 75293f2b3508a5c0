"""Folding into the archive, and keeping the jobs here in line with the inventory."""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from tasks_service.adapters.redis_ledger.records import Seat, load_row, load_seat, stamp_of
from tasks_service.adapters.redis_ledger.scripts import FOLDED, SNAPSHOT
from tasks_service.adapters.redis_ledger.transactions import TRIES, Draft, overtaken
from tasks_service.adapters.redis_ledger.transitions import Transitions
from tasks_service.core.run import RunState
from tasks_service.core.stores import JobCursor

log = logging.getLogger(__name__)

BATCH = 500
"""Rows that are folded in one transaction, at most."""
_DELETED = "the job was deleted"


class Folding(Transitions):
    """The part of the ledger that deals with the archive."""

    def fold(self) -> None:
        """Fold all that changed."""
        with self._custody.folding:
            while self._fold_some():
                pass

    def _fold_some(self) -> bool:
        """Fold a batch; whether there was more."""
        keys, texts, uids, seats, more = self._script(SNAPSHOT, str(BATCH))
        if not keys and not uids:
            return False
        rows = {key: (stamp_of(text), load_row(text)) for key, text in zip(keys, texts, strict=True) if text}
        cursors = {uid: (stamp_of(text), load_seat(text)) for uid, text in zip(uids, seats, strict=True) if text}
        self._archive.fold(
            [row for _, row in rows.values()],
            [JobCursor(job_uid=u, cursor=seat.cursor, next_due=seat.next_due) for u, (_, seat) in cursors.items()],
        )
        gone = [[key, ""] for key in keys if key not in rows]
        told = {
            "rows": gone
            + [
                [key, stamp, "closed" if row.closed_at else "", *(run.run_id for run in row.occurrence.runs)]
                for key, (stamp, row) in rows.items()
            ],
            "jobs": [[uid, cursors[uid][0] if uid in cursors else ""] for uid in uids],
        }
        self._script(FOLDED, json.dumps(told, separators=(",", ":")))
        return bool(more)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """The inventory changes inside this block; ``tend`` is due at its end."""
        with self._custody.changing:
            self._custody.untidy = True
            yield

    def release(self, job_uids: Sequence[str]) -> None:
        """Claim nothing for these jobs any more, and fold what was claimed; only ``tend`` opens them again."""
        for uid in job_uids:
            self._close(uid)
        self.fold()

    def tend(self, at: datetime) -> None:
        """Open and drop jobs as the inventory says, once per connection and whenever that is due."""
        custody = self._custody
        with custody.changing:
            if custody.tended == (self._connection.epoch, self._term()) and not custody.untidy:
                return
            self._adopt_forgotten(at)
            self._put_in_order(at)
            now = (self._connection.epoch, self._term())
            custody.returned |= custody.passed_over or custody.tended[0] != now[0]
            custody.tended, custody.untidy, custody.passed_over = now, False, False

    def returned(self) -> bool:
        """Whether jobs may have waited since this was last asked."""
        returned, self._custody.returned = self._custody.returned, False
        return returned

    def _close(self, uid: str) -> None:
        for _ in range(TRIES):
            text = self._connection.call(lambda redis: redis.hget(self._key("jobs"), uid))
            if text is None:
                return
            seat = load_seat(text)
            draft = Draft()
            draft.expect("jobs", uid, stamp_of(text))
            draft.seat(uid, Seat(cursor=seat.cursor, next_due=seat.next_due, closed=True))
            if self._commit(draft):
                return
        raise overtaken()

    def _adopt_forgotten(self, at: datetime) -> None:
        """Leave to the database what Redis should know and does not: it has lost its memory."""
        copies = self._archive.open_copies()
        known = self._find_all(copies)
        forgotten = [run_id for run_id in copies if run_id not in known]
        if forgotten:
            log.error("Redis forgot %d runs", len(forgotten), extra={"event": "store.forgot"})
            self._archive.adopt(forgotten, at)

    def _put_in_order(self, at: datetime) -> None:
        for _ in range(TRIES):
            kept = self._archive.kept()
            seats = self._connection.call(lambda redis: redis.hgetall(self._key("jobs")))
            draft = Draft()
            for uid, cursor in kept.items():
                text = seats.get(uid)
                seat = load_seat(text) if text else None
                if seat is None or seat.closed:
                    draft.expect("jobs", uid, stamp_of(text))
                    draft.seat(uid, Seat(cursor=max(cursor, seat.cursor) if seat else cursor))
            gone = sorted(seats.keys() - kept.keys())
            for uid in gone:
                draft.expect("jobs", uid, stamp_of(seats[uid]))
                draft.run("HDEL", "jobs", uid)
            if self._commit(draft):
                self._cancel_deleted(gone, at)
                return
        raise overtaken()

    def _cancel_deleted(self, uids: Sequence[str], at: datetime) -> None:
        """End what is queued of deleted jobs. Of jobs that moved it stays queued here."""
        deleted = self._archive.deleted(uids) if uids else set()
        if not deleted:
            return
        places = self._connection.call(lambda redis: redis.zrange(self._key("queued"), 0, -1))
        for place in places:
            *_, uid, run_id = place.split()
            if uid in deleted:
                self._end_queued(run_id, RunState.CANCELLED, _DELETED, at)
