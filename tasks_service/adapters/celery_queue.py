"""The queue between leader and workers, by Celery.

A message holds a run's id and nothing else, and is acknowledged when the run has ended. Celery may deliver it again: to
a second worker while a long run is under way, or after a worker died. Whoever gets it asks SQL, which gives each run to
one.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from celery import Celery
from celery.exceptions import Reject
from celery.worker import state
from kombu.exceptions import OperationalError

from tasks_service.core.errors import QueueUnavailable

TASK = "tasks_service.run"
_AGAIN_SECONDS = 1.0
"""How long a message that cannot be served now is held back, so that it does not circle at full speed."""
_CONNECT_SECONDS = 5


def _application(url: str, options: Mapping[str, Any]) -> Celery:
    application = Celery("tasks_service", broker=url, set_as_current=False)
    application.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_create_missing_queues=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,  # who reaches the broker must not steer the workers
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=_CONNECT_SECONDS,
        broker_transport_options={"socket_connect_timeout": _CONNECT_SECONDS, **options},
    )
    return application


class CeleryQueue:
    """Implements ``RunQueue``."""

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        self._application = _application(url, options)

    def send(self, run_id: str, queue: str) -> None:
        """Tell the workers of a queue that a run is ready."""
        try:
            self._application.send_task(TASK, args=(run_id,), queue=queue, retry=False)
        except (OperationalError, OSError) as error:
            raise QueueUnavailable(f"the broker does not answer: {error}", hint="runs wait until it does") from error


class CeleryConsumer:
    """Takes messages from queues, ``slots`` at once, and has ``carry_out`` see to each; True settles a message, False
    puts it back. ``run`` returns after ``stop``, when the last message is settled."""

    def __init__(
        self,
        url: str,
        options: Mapping[str, Any],
        *,
        queues: Sequence[str],
        slots: int,
        name: str,
        carry_out: Callable[[str], bool],
    ) -> None:
        self._application = _application(url, options)
        self._carry_out = carry_out
        self._application.task(self._serve, name=TASK)
        self._application.finalize()
        self._controller = self._application.WorkController(
            hostname=name,
            pool_cls="threads",
            concurrency=slots,
            queues=list(queues),
            loglevel="INFO",
            without_mingle=True,  # SQL knows the members; the broker need not
            without_gossip=True,
        )

    def run(self) -> None:
        """Serve until ``stop``."""
        state.should_stop = None
        self._controller.start()

    def stop(self) -> None:
        """Take no more messages; from any thread, or from a signal's handler."""
        state.should_stop = os.EX_OK

    def _serve(self, run_id: str) -> None:
        if not self._carry_out(str(run_id)):
            time.sleep(_AGAIN_SECONDS)
            raise Reject("later", requeue=True)
