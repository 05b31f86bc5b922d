"""Addresses from outside: only those that stay here are followed."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask

from core import links
from core.links import local_path


@pytest.mark.parametrize("address", ["/", "/gemellaggi?tema=a&b=c", "/discussioni/3#m4"])
def test_own_addresses_are_kept(address: str) -> None:
    assert local_path(address, fallback="/no") == address


@pytest.mark.parametrize(
    "address",
    [None, "", "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example",
     "javascript:alert(1)", "\\\\evil.example", "/\n/evil.example", " /x"],
)  # fmt: skip
def test_others_are_not(address: str | None) -> None:
    assert local_path(address, fallback="/no") == "/no"


def test_known_redirect_tricks_stay_here(shared: Path) -> None:
    path = shared / "data" / "hostile" / "open_redirect" / "open_redirect.jsonl"
    count = 0
    for line in path.read_text(encoding="utf-8").splitlines():
        for text in json.loads(line).values():
            if isinstance(text, str):
                count += 1
                target = local_path(text, fallback="/")
                there = urljoin("https://gemella.example/x", target)
                assert urlsplit(there).netloc == "gemella.example", text
    assert count > 50


def test_what_somebody_typed_is_not_kept_with_the_addresses_of_pages(app: Flask) -> None:
    with app.test_request_context("/"):
        kept = links._kept_addresses()
        kept.clear()
        for words in ("nidi", "x" * 10_000):
            assert words in links.address("search.results", q=words)
        assert list(kept) == [("", "search.results", ("q", "nidi"))]
