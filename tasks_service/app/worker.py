"""A worker: carries out the runs that a leader sends through the broker."""

import asyncio
import logging
from dataclasses import dataclass
from threading import Event, Thread

from tasks_service import api
from tasks_service.adapters.celery_queue import CeleryConsumer
from tasks_service.api.relay import Relay
from tasks_service.app.service import options, ports, rules
from tasks_service.control.wiring import wire, wire_worker
from tasks_service.control.worker import Carried, Worker
from tasks_service.core.errors import InvalidInput
from tasks_service.core.stores import Stores
from tasks_service.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerApplication:
    """The whole worker, ready to be run."""

    worker: Worker
    consumer: CeleryConsumer
    relay: Relay
    stores: Stores

    def run(self) -> None:
        """Serve the queues until ``stop``; every run that began has been recorded when this returns."""
        loop, thread = _loop()
        self.relay.attach(loop)
        self.worker.start()
        log.info("Carries runs out", extra={"event": "worker.started"})
        try:
            self.consumer.run()
        finally:
            self.worker.stop()
            asyncio.run_coroutine_threadsafe(self.relay.close(), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            self.stores.close()

    def stop(self) -> None:
        """Take nothing more, and let runs finish for the drain time. Returns at once; for a signal's handler."""
        self.consumer.stop()
        Thread(target=self.worker.drain, name="drain").start()


def build_worker(settings: Settings) -> WorkerApplication:
    """Migrate the database and put the worker together; ``InvalidInput`` where no broker is configured."""
    url = settings.broker_url
    if url is None:
        raise InvalidInput("no broker is configured", hint="set CELERY_BROKER_URL or REDIS_URL")
    # The relay is part of the API, which needs a panel, which needs the ports: it is looked up when a run starts.
    rooms: api.Api
    own = ports(settings, lambda run_id: rooms.relay.open(run_id))
    deciding = rules(settings, own.host.node)
    _, panel = wire(own, deciding)
    rooms = api.build(panel, options(settings))
    facts = {"queues": list(settings.queues), "slots": settings.max_runs}
    worker = wire_worker(own, deciding, facts)
    consumer = CeleryConsumer(
        url.get_secret_value(),
        settings.broker_options.get_secret_value(),
        queues=settings.queues,
        slots=settings.max_runs,
        name=f"{deciding.identity.owner}@{own.host.node}",
        carry_out=lambda run_id: worker.carry_out(run_id) is Carried.DONE,
    )
    return WorkerApplication(worker=worker, consumer=consumer, relay=rooms.relay, stores=own.stores)


def _loop() -> tuple[asyncio.AbstractEventLoop, Thread]:
    """An event loop in a thread of its own, turning."""
    loop, turning = asyncio.new_event_loop(), Event()

    def turn() -> None:
        asyncio.set_event_loop(loop)
        loop.call_soon(turning.set)
        loop.run_forever()
        loop.close()

    thread = Thread(target=turn, name="relay", daemon=True)
    thread.start()
    turning.wait()
    return loop, thread
