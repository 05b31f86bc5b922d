"""The background worker: one process, one loop for the index and one for everything else.

Each loop takes small pieces of work from the database and can be killed at any moment; what it had
not finished is there when the next one starts. A loop that fails ends the process: the supervisor
starts a fresh one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog
from flask import Flask

from attachments.services.sweeping import sweep
from core import outbox
from core.database import INDEXER_LOCK, db
from core.registry import registry_of
from core.storage import StorageBusy
from core.turns import Turn
from notifications.services import run_once as send_due_mail
from portal import lifeline
from portal.calendar import Calendar
from search.models import CONSUMER as SEARCH
from search.services.indexer import Indexer

log = structlog.get_logger(__name__)

IDLE_SECONDS = 0.15
SWEEP_EVERY_SECONDS = 3 * 3600
AFTER_FAULT_SECONDS = 1.0

# When this process looks for files without a row again; a fresh one has other things to do first.
_next_sweep = time.monotonic() + 600

Step = Callable[[], bool]


def run(app: Flask) -> int:
    """Work until SIGTERM or SIGINT; return the exit status."""
    ending = lifeline.Ending()
    stop = threading.Event()
    failed = threading.Event()
    lifeline.end_with_parent()
    settings = app.config["GEMELLA"]
    indexer = Indexer(settings.index_folder)
    # Two indexers would each get a part of what happened.
    turn = Turn(INDEXER_LOCK)
    calendar = Calendar(registry_of(app).rounds)
    loops = [
        threading.Thread(target=_loop, args=(app, name, step, stop, failed), name=name, daemon=True)
        for name, step in (
            ("index", lambda: turn.take() and indexer.step()),
            ("rest", lambda: _everything_else(app, calendar)),
        )
    ]
    for loop in loops:
        loop.start()
    log.info("worker.started")
    while not ending.asked:
        if failed.is_set() or not all(loop.is_alive() for loop in loops):
            return 1
        time.sleep(0.2)
    stop.set()
    for loop in loops:
        loop.join(timeout=20)
    indexer.close()
    turn.release()
    log.info("worker.stopped")
    return 0


def _everything_else(app: Flask, calendar: Calendar) -> bool:
    done = sum(
        outbox.drain(consumer)
        for consumer in registry_of(app).consumers.values()
        if consumer.name != SEARCH
    )
    _sweep_now_and_then()
    return bool(done + send_due_mail() + calendar.go())


def _sweep_now_and_then() -> None:
    """Files that a kill left without a row go some hours later; nothing waits for it."""
    global _next_sweep
    if time.monotonic() < _next_sweep:
        return
    _next_sweep = time.monotonic() + SWEEP_EVERY_SECONDS
    try:
        swept = sweep()
    except StorageBusy:
        log.warning("worker.sweep_put_off", exc_info=True)
        return
    if swept:
        log.info("worker.swept", files=swept)


def _loop(
    app: Flask, name: str, step: Step, stop: threading.Event, failed: threading.Event
) -> None:
    faults = 0
    while not stop.is_set():
        try:
            worked = _in_context(app, step)
            faults = 0
        except Exception:
            log.exception("worker.fault", loop=name)
            faults += 1
            if faults >= 5:
                failed.set()
                return
            time.sleep(AFTER_FAULT_SECONDS)
            continue
        if not worked:
            stop.wait(IDLE_SECONDS)


def _in_context(app: Flask, step: Step) -> bool:
    """A request's context, because documents and mails hold addresses of the site."""
    with app.test_request_context(base_url=app.config["GEMELLA"].base_url):
        try:
            return step()
        finally:
            db.session.remove()
