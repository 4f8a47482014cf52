"""What all runbooks of a workspace share, as marks: what may be reached, how often, and who hears of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from engine.app.sheet_of_paths import Marks
from engine.app.sheet_of_steps import check_marks
from engine.kinds import codec
from engine.kinds.values import Duration
from engine.model.catalogue import Catalogue
from engine.model.guards import Guards
from engine.views.flow import flow
from engine.views.weakened import Direction, Judged, Mark, Place, Sheet

POLICY: Final = "policy"


def sheet_of_catalogue(catalogue: Catalogue) -> Sheet:
    """Return every mark of what is shared; rules of the policy are told by what they decide, per step."""
    marks = (
        _access(catalogue.guards),
        _guards(catalogue.guards),
        _servers(catalogue),
        _roles(catalogue),
        _severities(catalogue),
        _looks(catalogue),
        _others(catalogue),
    )
    return {place: mark for some in marks for place, mark in some}


def _access(guards: Guards) -> Marks:
    access = guards.access
    commands = [f"{one.run} {' '.join(one.sub)} ({', '.join(one.effects)})" for one in access.commands]
    for what, listed in (
        ("hosts", access.hosts),
        ("commands", commands),
        ("paths written", access.write),
        ("paths read", access.read),
    ):
        yield from _allowed(f"{what} that may be used", listed)
    if access.shell:
        yield Place(POLICY, "lines for the shell"), Mark(said="allowed", gone="stronger")
    for program, server in access.through_mcp.items():
        yield Place(POLICY, f"{program} only through MCP"), Mark(said=server, gone="weaker")


def _allowed(what: str, listed: Iterable[str]) -> Marks:
    """A list of what may be used: an entry more is weaker, and so is no list at all."""
    entries = tuple(listed)
    yield Place(POLICY, what), _limited(bool(entries))
    for entry in entries:
        yield Place(POLICY, f"{what}: {entry}"), Mark(said="allowed", gone="stronger")


def _limited(limited: bool) -> Mark:
    return Mark(said="only those listed" if limited else "any", strict=(float(limited),))


def _guards(guards: Guards) -> Marks:
    limits = guards.limits
    for what, most in (("changes of one run", limits.changes), ("changes of one kind", limits.same_change)):
        yield Place(POLICY, what), Mark(said=str(most), strict=(-float(most),))
    yield Place(POLICY, "messages of one run"), Mark(said=str(limits.messages))
    for one in guards.deviations:
        where = f"{', '.join(one.phases) or 'any phase'}, {', '.join(one.environments) or 'everywhere'}"
        for word in one.of:
            said = one.role or "whoever approves"
            yield Place(POLICY, f"second person for {word} ({where})"), Mark(said=said, gone="weaker")
    for what, who in (("start and end are told to", guards.announce), ("updates go to", guards.updates)):
        if who:
            yield Place(POLICY, what), Mark(said=who, gone="weaker")


def _servers(catalogue: Catalogue) -> Marks:
    for name, server in catalogue.mcp.items():
        where = f"mcp {name}"
        yield Place(where, "reached by"), Mark(said=server.url or " ".join(server.command))
        for tool in server.tools:
            yield Place(where, f"tool {tool}"), Mark(said="allowed", gone="stronger")
        for tool, pin in server.pins.items():
            yield Place(where, f"pin of {tool}"), Mark(said=pin[:12], gone="weaker")


def _roles(catalogue: Catalogue) -> Marks:
    for name, role in catalogue.roles.items():
        where = f"role {name}"
        for operation in role.may:
            yield Place(where, f"may {operation} alone"), Mark(said="yes", gone="stronger")
        for operation in role.approves:
            yield Place(where, f"approves {operation}"), Mark(said="yes", gone="stronger")
        yield Place(where, "answers within"), _at_most(role.within)
        if role.channel:
            yield Place(where, "channel"), Mark(said=role.channel, gone="weaker")
    for name, channel in catalogue.channels.items():
        if channel.fallback:
            yield Place(f"channel {name}", "falls back to"), Mark(said=channel.fallback, gone="weaker")
    for name, person in catalogue.people.items():
        yield Place(f"person {name}", "role"), Mark(said=person.role, gone="stronger")
        if person.device:
            yield Place(f"person {name}", "device"), Mark(said=person.device, gone="stronger")
        for key in person.keys:
            yield Place(f"person {name}", f"key {key[:60]}"), Mark(said="trusted", gone="stronger")


def _severities(catalogue: Catalogue) -> Marks:
    for name, level in catalogue.severities.items():
        yield Place(name, "response within"), _at_most(level.respond)
        if level.cadence is not None:
            yield Place(name, "updates every"), _at_most(level.cadence, gone="weaker")
        for rung in level.ladder:
            yield Place(name, f"pages {rung.role} after"), _at_most(rung.after, gone="weaker")


def _looks(catalogue: Catalogue) -> Marks:
    for name, one in catalogue.precautions.items():
        yield (
            Place(f"precaution {name}", "for"),
            Mark(said=", ".join(one.services) or "all services", gone="weaker"),
        )
        yield from check_marks(f"precaution {name}", "", one.check)
    for name, check in catalogue.controls.items():
        yield from check_marks(f"control {name}", "", check)


def _others(catalogue: Catalogue) -> Marks:
    for name, window in catalogue.windows.items():
        said = f"{', '.join(window.days)} {window.start} to {window.end} {window.zone}"
        yield Place(f"window {name}", "hours"), Mark(said=said, judge=_days(frozenset(window.days), said))
    for name, threshold in catalogue.thresholds.items():
        yield Place(f"threshold {name}", "value"), Mark(said=flow(threshold.value))
    for name, environment in catalogue.environments.items():
        where = f"environment {name}"
        if environment.real:
            yield Place(where, "customers depend on it"), Mark(said="yes", gone="weaker")
        if environment.drills:
            yield Place(where, "may be broken by drills"), Mark(said="yes", gone="stronger")
    for name, credential in catalogue.credentials.items():
        where = f"credential {name}"
        if credential.public:
            yield Place(where, "shown in reports"), Mark(said="it is said to be no secret", gone="stronger")
        origin = replace(credential, public=False, title="")
        yield Place(where, "comes from"), Mark(said=flow(codec.plain(origin)))


def _days(days: frozenset[str], said: str) -> Callable[[Mark], Judged]:
    """The same hours on more days are weaker; other hours are different, which only a person can weigh."""

    def judge(old: Mark) -> Judged:
        was, _, hours = old.said.rpartition(", ")
        day, _, rest = hours.partition(" ")
        before = frozenset((*was.split(", "), day)) - {""}
        same = said.endswith(rest)
        if same and before < days:
            return Judged("weaker")
        return Judged("stronger" if same and days < before else "different")

    return judge


def _at_most(value: Duration, *, gone: Direction = "different") -> Mark:
    return Mark(said=str(value), strict=(-float(value),), gone=gone)


__all__ = ["sheet_of_catalogue"]
