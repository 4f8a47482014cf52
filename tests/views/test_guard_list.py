"""The guards in words."""

from __future__ import annotations

from engine.kinds.values import Duration
from engine.model.catalogue import Catalogue
from engine.model.guards import Access, CommandRule, Deviation, Guards, Limits, Rule, Window
from engine.views.guard_list import guard_list


def test_every_guard_is_told_in_the_order_in_which_it_decides() -> None:
    """With the policy's own reasons."""
    rules = (
        Rule(consent="none", effects=("read",), why="free"),
        Rule(
            consent="approve",
            operations=("deploy",),
            role="lead",
            quorum=2,
            identity="proved",
            window="office",
            start_within=Duration(60.0),
            break_glass="boss",
        ),
        Rule(consent="refuse"),
    )
    told = guard_list(
        Catalogue(
            policy=rules,
            windows={"office": Window(days=("mon",), start="09:00", end="17:00")},
            guards=Guards(
                access=Access(hosts=("a.example",), commands=(CommandRule(run="git", sub=("log",)),)),
                limits=Limits(changes=3),
                deviations=(Deviation(of=("skip",), phases=("verify",), role="lead", why="four eyes"),),
            ),
        )
    )
    assert [
        ("Rule 1", "read: nobody is asked (free)"),
        (
            "Rule 2",
            (
                "deploy: 2 approvals of the lead, by a signature, given within 15m, used within 1m, "
                "only in the window office; break-glass pages the boss"
            ),
        ),
        ("Rule 3", "anything: refused"),
        ("Window office", "mon 09:00 to 17:00 UTC"),
        ("Hosts that may be reached", "a.example"),
        ("Programs that may be started", "git (log); never a line for the shell"),
        ("At most in one run", "3 changes, 10 of one operation, 100 messages"),
        ("Second person", "skip while verify: lead must agree (four eyes)"),
    ] == [(note.label, note.text) for note in told]


def test_a_catalogue_without_guards_has_none() -> None:
    """A twelve-line runbook says nothing of policy."""
    assert () == guard_list(Catalogue())
