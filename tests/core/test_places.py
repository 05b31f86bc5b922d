"""Slow work has its places, and whoever does something else goes on."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.places import USUAL, Full, Places
from core.sandbox import Sandbox, TooLong
from core.text import AT_ONCE
from core.transactions import Busy


def test_what_comes_at_once_waits_its_turn() -> None:
    """Two at the same moment are no attack: the second one has its place a moment later."""
    places = Places(1)
    places.take(1)
    timer = threading.Timer(USUAL / 5, places.leave, [1])
    timer.start()
    places.take(2)
    with pytest.raises(Full):
        places.take(3)
    timer.join()
    places.leave(2)
    places.leave(2)
    places.take(4)


@pytest.mark.parametrize(
    ("at_once", "limit", "told_so"),
    # The limit is long beside what a busy machine needs to start five threads.
    [(AT_ONCE, 3.0, 3), pytest.param(64, 0.3, 0, id="the twin: places for all")],
)
def test_slow_texts_do_not_take_every_thread(at_once: int, limit: float, told_so: int) -> None:
    """Of many who send them at once all but two are told so, long before these are done."""
    # A child that says that it is ready and then nothing more.
    sandbox = Sandbox("tests.core.mute_child", limit=limit, at_once=at_once)

    def ask(_number: int) -> str:
        try:
            sandbox.ask("slow")
        except (TooLong, Busy) as error:
            return type(error).__name__
        return "answered"

    try:
        with ThreadPoolExecutor(5) as threads:
            told = list(threads.map(ask, range(5)))
    finally:
        sandbox.close()
    assert sorted(told) == ["Busy"] * told_so + ["TooLong"] * (5 - told_so)
