"""Limits count who tries, whatever form the address comes in."""

from __future__ import annotations

import pytest

from core.throttle import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("localhost", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_one_person_has_one_network(address: str | None, network: str) -> None:
    assert network_of(address) == network


def test_addresses_of_ipv4_stay_apart_where_the_server_listens_on_both() -> None:
    """All of them lie in one /64: whoever guesses passwords would shut everybody out."""
    assert network_of("::ffff:203.0.113.7") == network_of("203.0.113.7")
    assert network_of("::ffff:203.0.113.7") != network_of("::ffff:203.0.113.8")
