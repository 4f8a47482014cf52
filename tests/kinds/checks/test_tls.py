"""The tls check: valid, running out, expired, for another host, and nobody there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.kinds.checks.tls import TlsCheck
from engine.kinds.matchers import Matcher
from engine.kinds.ports import CannotLook, Certificate, NoAnswer, TlsReply
from engine.kinds.uses import CheckUse, judge
from engine.kinds.verdicts import Observation
from tests.kinds.fakes import FakeWorld, observed, run

GOOD = Certificate(
    subject="CN=shop.test", issuer="CN=Test Root", names=("shop.test",), not_before=1_700_000_000.0,
    not_after=1_760_000_000.0, serial="1f", sha256="ab", chain=("CN=shop.test",), days_left=20.25,
)  # fmt: skip
EXPIRED = replace(GOOD, trusted=False, problem="certificate has expired", days_left=-0.5)
ELSEWHERE = replace(GOOD, covers=False, problem="it is not for www.test")


def shown(certificate: Certificate) -> TlsReply:
    """Return a hand-shake that showed this."""
    return TlsReply(certificate, "TLSv1.3", "TLS_AES_256_GCM_SHA384", 0.0321)


def check(**more: str) -> TlsCheck:
    """Return a check of a host."""
    return TlsCheck(tls="shop.test:443", **more)


@pytest.mark.parametrize(
    ("certificate", "answer"),
    [(GOOD, "pass"), (EXPIRED, "fail"), (ELSEWHERE, "fail")],
    ids=["good", "old", "other"],
)
def test_without_words_it_must_be_trusted_for_the_host_and_not_over(
    certificate: Certificate, answer: str
) -> None:
    """A certificate that can be read is a definite answer."""
    assert answer == judge(CheckUse(kind=check()), observed(check(), shown(certificate))).answer


@pytest.mark.parametrize(("days", "answer"), [(20.25, "pass"), (14.0, "fail"), (-1.0, "fail")])
def test_days_left_are_expected_in_time_to_act(days: float, answer: str) -> None:
    """As the author wrote them."""
    use = CheckUse(kind=check(), expect={"days_left": Matcher.parse({"gt": 14})})
    assert answer == judge(use, observed(check(), shown(replace(GOOD, days_left=days)))).answer


def test_facts_are_those_that_are_documented() -> None:
    """Times as text, lists as lists."""
    facts = observed(check(), shown(GOOD)).facts
    assert set(TlsCheck.fact_names) == set(facts)
    assert ("2025-10-09T08:53:20.000Z", ["shop.test"], 0.032) == (
        facts["not_after"],
        facts["names"],
        facts["seconds"],
    )


@pytest.mark.parametrize(
    ("certificate", "summary"),
    [
        (GOOD, "valid for 20 more days"),
        (replace(GOOD, days_left=1.44), "valid for 1.4 more days"),
        (EXPIRED, "expired 0.5 days ago; certificate has expired"),
        (ELSEWHERE, "valid for 20 more days; it is not for www.test"),
    ],
)
def test_the_summary_says_what_to_worry_about(certificate: Certificate, summary: str) -> None:
    """In one line."""
    assert summary == observed(check(), shown(certificate)).summary


def test_no_answer_is_a_fail() -> None:
    """Nobody there, or something that speaks no TLS."""
    assert "fail" == judge(CheckUse(kind=check()), Observation(no_answer="refused")).answer
    with pytest.raises(NoAnswer):
        observed(check(), NoAnswer("tls", "no TLS", 0.1))


def test_the_place_is_read_from_what_was_written() -> None:
    """With brackets for IPv6; a reference is read when it has a value."""
    world = FakeWorld([shown(GOOD), shown(GOOD)])
    run(check(server_name="www.test").observe(world, 7))
    run(TlsCheck(tls="[::1]:8443").observe(world, 7))
    assert [("shop.test", 443, "www.test", 7), ("::1", 8443, "", 7)] == [
        (one.host, one.port, one.server_name, one.timeout) for one in world.handshakes
    ]
    with pytest.raises(CannotLook, match="is no host and port"):
        observed(TlsCheck(tls="${service.host}"))


@pytest.mark.parametrize("text", ["shop.test", "shop.test:", ":443", "shop.test:0", "shop.test:x", "::1:443"])
def test_what_is_no_place_is_refused_when_read(text: str) -> None:
    """With how to write it."""
    with pytest.raises(ValueError, match=r"write example.com:443"):
        TlsCheck(tls=text)


def test_by_hand_is_openssl() -> None:
    """It shows the dates, and whether the certificate is for the host."""
    assert (
        "openssl s_client -connect shop.test:443 -servername www.test </dev/null 2>/dev/null "
        "| openssl x509 -noout -dates -subject -issuer -checkhost 'www.test'"
    ) == check(server_name="www.test").by_hand()
    assert "-servername shop.test " in check().by_hand()
    for place, address in (("[::1]:443", "::1"), ("127.0.0.1:443", "127.0.0.1")):
        line = TlsCheck(tls=place).by_hand()
        assert (True, False) == (line.endswith(f"-checkip '{address}'"), "-servername" in line)
