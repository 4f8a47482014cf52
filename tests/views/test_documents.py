"""What the pages beside those of the runbooks say: calendar, freshness, services, thresholds, escalation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from engine.kinds.values import Duration
from engine.model.catalogue import Catalogue, Channel, Role, Service, Threshold
from engine.views.docs_page import Page
from engine.views.drill_calendar import DrillRecord, drill_calendar
from engine.views.escalation import escalation, roles
from engine.views.lifetimes import lifetimes
from engine.views.outline import outline
from engine.views.service_map import service_map, taken_along
from engine.views.threshold_list import threshold_list
from tests.views.documented import catalogue, library, small


def page(name: str = "shop-down", **more: object) -> Page:
    """Return the page of a small runbook."""
    return outline(small(runbook=name, **more), library, catalogue())


def record(day: str, **more: object) -> DrillRecord:
    """Return the record of a drill."""
    parts = {"on": date.fromisoformat(day), "runbook": "shop-down", "report": "x.md"}
    return DrillRecord(**{**parts, **more})  # type: ignore[arg-type]  # the fields of this very class


def test_only_people_set_the_next_date_and_what_was_never_practised_is_first() -> None:
    """A script's drill is listed apart, however new it is."""
    records = [record("2025-10-01"), record("2025-10-14", number=2), record("2025-11-01", by="script")]
    pages = [page(), page("other"), page("often", drill_every=Duration(7 * 86_400.0))]
    found = drill_calendar(pages, records, {"shop-down": 3})
    assert [("often", None), ("other", None), ("shop-down", date(2025, 11, 13))] == [
        (row.page.runbook, row.due) for row in found.due
    ]
    assert (3, 0) == (found.due[-1].scenarios, found.due[0].scenarios)
    assert ([date(2025, 10, 14), date(2025, 10, 1)], [date(2025, 11, 1)]) == (
        [one.on for one in found.people],
        [one.on for one in found.scripts],
    )
    assert Duration(30 * 86_400.0) == found.usual


def test_the_second_drill_of_a_day_is_the_last() -> None:
    """By number, not by the order of names: 10 comes after 9."""
    records = [record("2025-10-01", number=10), record("2025-10-01", number=9)]
    found = drill_calendar([page()], records, {})
    assert found.due[0].last is not None
    assert 10 == found.due[0].last.number
    assert [10, 9] == [one.number for one in found.people]


def test_freshness_is_as_of_the_newest_review() -> None:
    """Which is in the tree, so that no day changes the table."""
    found = lifetimes(
        [page("new", reviewed="2025-11-01"), page("old", reviewed="2025-10-01"), page("never", reviewed="")]
    )
    assert date(2025, 11, 1) == found.as_of
    assert [("never", "never reviewed"), ("old", "expired"), ("new", "in time")] == [
        (row.page.runbook, row.state) for row in found.rows
    ]
    assert None is lifetimes([page(reviewed="")]).as_of
    on_the_day = [page("new", reviewed="2025-10-20"), page("old", reviewed="2025-10-13")]
    assert 2 == lifetimes(on_the_day).count("in time")


SERVICES = {
    "shop": Service(
        depends=("base", "mail"), environments={"production": {"url": "https://x", "names": ["A"]}}
    ),
    "mail": Service(
        depends=("base", "gone"), environments={"production": {"size": 512, "size_observed": 1024}}
    ),
    "base": Service(
        environments={
            "production": {
                "health": "/api",
                "health_declared": "/hc",
                "args": {"db": "sqlite:shop.db", "days": [1, 2]},
            },
            "practice": {},
        }
    ),
    "round": Service(depends=("shop", "round")),
}


def test_who_goes_down_with_a_service_is_told_through_others_too() -> None:
    """And a circle ends."""
    assert ("shop", "mail", "round") == taken_along(SERVICES, "base")
    assert ("round",) == taken_along(SERVICES, "shop")
    assert () == taken_along(SERVICES, "round")


def test_the_picture_has_every_service_once_and_no_arrow_to_what_is_not_there() -> None:
    """Those that stand on nothing in a group of their own."""
    chart = service_map(Catalogue(services=SERVICES), []).picture
    assert [["shop", "mail", "round"], ["base"]] == [
        [node.name for node in one.nodes] for one in chart.groups
    ]
    ids = {node.id for group in chart.groups for node in group.nodes}
    assert 5 == len(chart.edges)
    assert all({edge.source, edge.target} <= ids for edge in chart.edges)


def test_a_drift_is_told_the_right_way_round() -> None:
    """`_observed` is what was seen; beside `_declared` the plain key is."""
    found = service_map(Catalogue(services=SERVICES), [])
    assert [("mail", "size", "512", "1024"), ("base", "health", "/hc", "/api")] == [
        (one.service, one.key, one.declared, one.seen) for one in found.drifts
    ]
    shop = found.services[0].environments[0]
    assert ((("url", "https://x"),), (("names", ("A",)),)) == (shop.values, shop.lists)


def test_values_within_values_are_said_in_words() -> None:
    """A page is for people, so it holds no notation of a programming language."""
    base = service_map(Catalogue(services=SERVICES), []).services[2]
    assert ("args", "db: sqlite:shop.db; days: 1, 2") == base.environments[0].values[-1]


def test_a_threshold_knows_who_decides_by_it_through_the_catalogue_too() -> None:
    """Whether a step names it, or a check that the step uses."""
    numbers = {"a": Threshold(value="1s", source="x", conflicts=("2s",)), "b": Threshold(value=2, source="y")}
    runbooks = {
        "direct": {"steps": {"s": {"check": {"expect": {"seconds": {"lt": "${thresholds.a}"}}}}}},
        "through": {"steps": {"s": {"checks": {"c": {"use": "slow"}}}}},
        "neither": {"steps": {"s": {"title": "thresholds.a"}}},
    }
    shared = [{"checks": {"slow": {"within": "${thresholds.a}"}, "other": {"within": "${thresholds.b}"}}}]
    found = threshold_list(numbers, runbooks, shared)
    assert [("a", ("direct", "through"))] == [(one.name, one.runbooks) for one in found.read]
    assert ["a"] == [one.name for one in found.disputed]
    assert ["1s", "2"] == [one.value for one in found.entries]


def test_the_matrix_has_who_is_paged_first_on_top_and_the_rest_below() -> None:
    """When each severity pages them, and what nobody pages is told."""
    channels = {"page": Channel(type="webhook", url="https://x", fallback="room")}
    shared = catalogue(channels=channels)
    found = escalation(shared, [page()])
    assert found.rungs[0].role.role == "reliability"
    assert {len(found.severities)} == {len(one.after) for one in found.rungs}
    paged = {one.role.role for one in found.rungs}
    assert {*shared.roles} == paged | {one.role for one in found.asked}
    assert [("page", "room")] == [(one.name, one.fallback) for one in found.channels]
    assert [("SEV-2", ["shop-down"])] == [
        (name, [one.runbook for one in all_]) for name, all_ in found.proposed
    ]
    assert () == escalation(replace(shared, severities={}), []).rungs


def test_the_role_that_decides_what_nobody_is_named_for_says_so() -> None:
    """As the policy asks it; where a role approves anything, nothing is left."""
    named = {"engineer": Role(), "manager": Role(approves=("restart", "purge"))}
    told = {one.role: one.approved() for one in roles(catalogue(roles=named))}
    assert {"engineer": "", "manager": "restart, purge, and what no role is named for"} == told
    bare = {"manager": Role()}
    assert ["what no role is named for"] == [one.approved() for one in roles(catalogue(roles=bare))]
    anything = {"lead": Role(approves=("any",)), "manager": Role(approves=("purge",))}
    told = {one.role: one.approved() for one in roles(catalogue(roles=anything))}
    assert {"lead": "anything but destroying", "manager": "purge"} == told
