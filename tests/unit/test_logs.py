"""Logging: one stream, stable events, masked secrets, no values of variables in tracebacks."""

import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from loguru import logger

from tasks_service import logs
from tasks_service.adapters.sql.stores import open_stores
from tasks_service.core.stores import Happening


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    hooks = sys.excepthook, threading.excepthook
    yield
    sys.excepthook, threading.excepthook = hooks
    logger.remove()
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


def written(level: str = "INFO", secrets: tuple[str, ...] = (), *, as_json: bool = False) -> io.StringIO:
    stream = io.StringIO()
    logs.set_up(level, secrets, stream, as_json=as_json)
    return stream


def test_a_record_keeps_its_event_and_its_extras() -> None:
    stream = written()

    logging.getLogger("tasks_service.control").info("claimed %d", 3, extra={"event": "run.claimed", "job_id": "a"})

    assert "INFO     run.claimed claimed 3 job_id=a\n" in stream.getvalue()


def test_a_line_carries_its_surroundings_unless_it_says_otherwise_itself() -> None:
    stream = io.StringIO()
    around = {"request": "r-1", "run": "of the request"}
    logs.set_up("INFO", (), stream, as_json=True, surroundings=lambda: around)

    logging.getLogger("tasks_service").info("one", extra={"event": "x"})
    logging.getLogger("tasks_service").info("two", extra={"event": "x", "run": "its own"})

    one, two = map(json.loads, stream.getvalue().splitlines())
    assert (one["request"], one["run"]) == ("r-1", "of the request")
    assert (two["request"], two["run"]) == ("r-1", "its own")


def test_nobody_can_forge_a_line() -> None:
    stream = written()

    logging.getLogger("tasks_service").info("a\nb", extra={"event": "x", "path": "c\r\n2026 INFO forged"})

    (line,) = stream.getvalue().splitlines()
    assert line.endswith(r"x a\nb path=c\r\n2026 INFO forged")


def test_text_of_users_is_never_read_as_a_format() -> None:
    stream = written()

    logging.getLogger("tasks_service").info("{boom} <red>%s", "{0}", extra={"event": "x", "given": "{y}"})

    assert "{boom} <red>{0} given={y}" in stream.getvalue()


def test_secrets_are_masked_in_messages_extras_and_tracebacks() -> None:
    stream = written(secrets=("hunter22", ""))
    log = logging.getLogger("tasks_service")

    log.info("key hunter22", extra={"event": "x", "token": "hunter22"})
    try:
        raise ValueError("no such key: hunter22")
    except ValueError:
        log.exception("failed", extra={"event": "y"})

    assert "hunter22" not in stream.getvalue()
    assert "ValueError: no such key: ***" in stream.getvalue()


@pytest.mark.parametrize("as_json", [True, False])
def test_a_secret_is_masked_however_it_is_spelt(as_json: bool) -> None:
    stream = written(secrets=("hunter/22 \u00fc@x",), as_json=as_json)

    logging.getLogger("tasks_service").info(
        "postgresql://u:%s@db %r", "hunter%2F22%20%C3%BC%40x", "hunter/22 \u00fc@x", extra={"event": "x"}
    )

    assert "hunter" not in stream.getvalue()
    assert "postgresql://u:***@db '***'" in stream.getvalue()


def test_what_nobody_caught_is_logged_with_its_stack_and_without_secrets() -> None:
    stream = written(secrets=("hunter22",), as_json=True)

    def fail() -> None:
        raise RuntimeError("with hunter22")

    thread = threading.Thread(target=fail, name="restless")
    thread.start()
    thread.join()
    try:
        fail()
    except RuntimeError as error:
        sys.excepthook(type(error), error, error.__traceback__)

    of_thread, of_process = map(json.loads, stream.getvalue().splitlines())
    assert (of_thread["event"], of_process["event"]) == ("thread.failed", "process.failed")
    assert of_thread["message"] == "The thread restless ended with an error"
    assert of_process["error_message"] == "with ***"
    assert "in fail" in of_process["stack"]


def test_statements_appear_where_they_are_asked_for_and_without_their_parameters(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tasks.db"
    open_stores(url).database.migrate()

    def heard(level: str, *, statements: bool) -> str:
        stream = io.StringIO()
        logs.set_up(level, (), stream, statements=statements)
        stores = open_stores(url)
        happening = Happening(at=datetime(2026, 1, 1, tzinfo=UTC), kind="x", job_id="hunter22", run_id="", data={})
        stores.journal.publish([happening])
        stores.database.close()
        return stream.getvalue()

    asked_for = heard("DEBUG", statements=True)
    assert "INSERT INTO events" in asked_for
    assert "hunter22" not in asked_for
    assert "INSERT" not in heard("DEBUG", statements=False)
    assert "INSERT" not in heard("INFO", statements=True)


def test_a_traceback_stands_once_and_shows_no_values() -> None:
    stream = written()
    token = "xoxb-unmasked"

    try:
        raise RuntimeError(len(token))
    except RuntimeError:
        logging.getLogger("tasks_service").exception("failed", extra={"event": "x"})

    assert stream.getvalue().count("Traceback") == 1
    assert "RuntimeError: 13" in stream.getvalue()
    assert stream.getvalue().count("xoxb-unmasked") == 0


@pytest.mark.parametrize("library", ["apscheduler.scheduler", "httpx", "uvicorn.access"])
def test_chatty_libraries_are_quiet_unless_debug_is_asked_for(library: str) -> None:
    stream = written()
    logging.getLogger(library).info("chatter")
    logging.getLogger(library).warning("trouble")
    assert "chatter" not in stream.getvalue()
    assert "trouble" in stream.getvalue()

    stream = written("DEBUG")
    logging.getLogger(library).info("chatter")
    assert "chatter" in stream.getvalue()


@pytest.mark.parametrize("library", ["sqlalchemy.engine.Engine", "sqlalchemy.pool", "httpcore", "watchfiles.main"])
def test_libraries_that_log_every_statement_stay_quiet_even_then(library: str) -> None:
    stream = written("DEBUG")

    logging.getLogger(library).debug("SELECT 1")
    logging.getLogger(library).info("SELECT 1")
    logging.getLogger(library).warning("trouble")

    assert "SELECT" not in stream.getvalue()
    assert "trouble" in stream.getvalue()


def test_the_level_is_obeyed() -> None:
    stream = written("WARNING")

    logging.getLogger("tasks_service").info("quiet", extra={"event": "x"})
    logging.getLogger("tasks_service").warning("heard", extra={"event": "x"})

    assert "quiet" not in stream.getvalue()
    assert "heard" in stream.getvalue()


def test_a_line_of_json_is_flat_and_holds_event_ids_and_time() -> None:
    stream = written(as_json=True)

    logging.getLogger("tasks_service.control").info("claimed %d", 3, extra={"event": "run.claimed", "job": "a", "n": 2})

    line = json.loads(stream.getvalue())
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "INFO",
        "event": "run.claimed",
        "logger": "tasks_service.control",
        "message": "claimed 3",
        "job": "a",
        "n": 2,
    }


def test_json_masks_secrets_whatever_their_characters_and_keeps_a_record_on_one_line() -> None:
    secret = 'say "hunter22"\nö'
    stream = written(secrets=(secret,), as_json=True)

    try:
        raise ValueError(f"no such key: {secret}")
    except ValueError:
        logging.getLogger("tasks_service").exception("failed\nwith %s", secret, extra={"event": "x", "token": secret})

    (text,) = stream.getvalue().splitlines()
    line = json.loads(text)
    assert "hunter22" not in text
    assert (line["message"], line["token"]) == ("failed\nwith ***", "***")
    assert (line["error_type"], line["error_message"]) == ("ValueError", "no such key: ***")
    assert line["stack"].startswith("Traceback")
