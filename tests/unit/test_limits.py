"""Token buckets, by a clock of our own."""

import pytest

from api.limits import REMEMBERED, TokenBuckets, client_of


class Clock:
    """Shows the seconds it is set to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_holds_a_minutes_worth_and_fills_up_again() -> None:
    clock = Clock()
    buckets = TokenBuckets(60, clock)
    assert [buckets.take("a") for _ in range(60)] == [0.0] * 60
    assert buckets.take("a") == pytest.approx(1.0)
    assert buckets.take("b") == 0.0
    clock.now = 1.5
    assert buckets.take("a") == 0.0
    assert buckets.take("a") == pytest.approx(0.5)
    clock.now = 1_000_000.0
    assert [buckets.take("a") for _ in range(61)].count(0.0) == 60


def test_so_many_clients_are_remembered_and_no_more() -> None:
    buckets = TokenBuckets(1, Clock())
    for number in range(REMEMBERED):
        buckets.take(str(number))
    assert buckets.take("0") > 0
    assert buckets.take("one more") == 0.0
    assert buckets.take("1") == 0.0  # forgotten


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("unix", "unix"),
    ],
)
def test_a_client_is_an_address_or_a_network_of_one_customer(address: str, client: str) -> None:
    assert client_of({"client": (address, 1)}) == client


def test_a_client_without_an_address_is_one_client() -> None:
    assert client_of({"client": None}) == ""
