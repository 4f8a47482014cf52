"""The dns check: records, none, no such name, and a service that does not answer."""

from __future__ import annotations

import pytest

from engine.kinds.checks.dns import DnsCheck
from engine.kinds.matchers import Matcher
from engine.kinds.ports import DnsReply, DnsRequest, NoAnswer
from engine.kinds.uses import CheckUse, judge
from engine.kinds.verdicts import Observation
from tests.kinds.fakes import FakeWorld, observed, run

FOUND = DnsReply("NOERROR", ("192.0.2.5", "192.0.2.7"), 300, 0.012)
EMPTY = DnsReply("NOERROR", (), None, 0.012)
ABSENT = DnsReply("NXDOMAIN", (), None, 0.012)


@pytest.mark.parametrize(
    ("reply", "answer", "summary"),
    [
        (FOUND, "pass", "192.0.2.5 and 1 more, 12ms"),
        (EMPTY, "fail", "the name has no A record, 12ms"),
        (ABSENT, "fail", "the name does not exist, 12ms"),
    ],
    ids=["found", "empty", "absent"],
)
def test_records_are_the_pass_and_none_is_a_fail(reply: DnsReply, answer: str, summary: str) -> None:
    """That there are none is a definite answer."""
    check = DnsCheck(dns="shop.test")
    seen = observed(check, reply)
    assert (answer, summary) == (judge(CheckUse(kind=check), seen).answer, seen.summary)


@pytest.mark.parametrize(("wanted", "answer"), [("192.0.2.7", "pass"), ("192.0.2.9", "fail")])
def test_a_record_is_expected_among_them(wanted: str, answer: str) -> None:
    """In any order."""
    check = DnsCheck(dns="shop.test")
    use = CheckUse(kind=check, expect={"records": Matcher.parse({"contains": wanted})})
    assert answer == judge(use, observed(check, FOUND)).answer


def test_facts_are_those_that_are_documented() -> None:
    """There is no time to keep what there is not."""
    check = DnsCheck(dns="shop.test")
    facts = observed(check, FOUND).facts
    assert set(DnsCheck.fact_names) == set(facts)
    assert (["192.0.2.5", "192.0.2.7"], 2, 300, 0.012) == (
        facts["records"],
        facts["count"],
        facts["ttl"],
        facts["seconds"],
    )
    assert set(facts) - set(observed(check, EMPTY).facts) == {"ttl"}
    assert b"192.0.2.5\n192.0.2.7\n" == observed(check, FOUND).body


def test_no_answer_is_a_fail() -> None:
    """Unless the author says otherwise."""
    check = DnsCheck(dns="shop.test")
    none = Observation(no_answer="timeout")
    assert "fail" == judge(CheckUse(kind=check), none).answer
    assert "unknown" == judge(CheckUse(kind=check, no_answer="unknown"), none).answer
    with pytest.raises(NoAnswer):
        observed(check, NoAnswer("dns", "SERVFAIL", 0.1))


def test_the_question_is_what_was_written() -> None:
    """Name, type and server."""
    world = FakeWorld([FOUND])
    run(DnsCheck(dns="shop.test", type="MX", server="127.0.0.1:5353").observe(world, 3))
    assert [DnsRequest("shop.test", "MX", "127.0.0.1:5353", 3)] == world.names


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"dns": "shop.test"}, "dig shop.test A"),
        (
            {"dns": "shop.test", "type": "MX", "server": "127.0.0.1:5353"},
            "dig @127.0.0.1 -p 5353 shop.test MX",
        ),
        ({"dns": "shop.test", "server": "2001:db8::1"}, "dig @2001:db8::1 shop.test A"),
        ({"dns": "shop.test", "server": "[2001:db8::1]:53"}, "dig @2001:db8::1 -p 53 shop.test A"),
        ({"dns": "192.0.2.7", "type": "PTR"}, "dig -x 192.0.2.7"),
        ({"dns": "7.2.0.192.in-addr.arpa", "type": "PTR"}, "dig 7.2.0.192.in-addr.arpa PTR"),
    ],
)
def test_by_hand_is_dig(fields: dict[str, str], line: str) -> None:
    """With the server and its port."""
    assert line == DnsCheck(**fields).by_hand()  # type: ignore[arg-type]


def test_the_target_names_the_server_where_one_is_given() -> None:
    """Two servers may say two things."""
    assert ("shop.test", "shop.test at 192.0.2.1") == (
        DnsCheck(dns="shop.test").target(),
        DnsCheck(dns="shop.test", server="192.0.2.1").target(),
    )
