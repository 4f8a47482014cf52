"""Who is paged when, who may decide what, and what a severity sets in motion: the catalogue as a matrix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.kinds.values import Duration
from engine.model.catalogue import Catalogue
from engine.model.rulings import NOBODYS
from engine.views.docs_page import Note, Page, RoleEntry, SeverityEntry
from engine.views.guard_list import guard_list


@dataclass(frozen=True, slots=True, kw_only=True)
class Rungs:
    """One line of the matrix: when each severity pages this role, in the order of the severities."""

    role: RoleEntry
    after: tuple[Duration | None, ...]
    """None where a severity never pages it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelEntry:
    """A channel, whom it reaches, and what is tried when it does not deliver."""

    name: str
    type: str
    roles: tuple[str, ...]
    fallback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """The whole matrix, with what else somebody who escalates wants to know."""

    severities: tuple[SeverityEntry, ...]
    rungs: tuple[Rungs, ...]
    asked: tuple[RoleEntry, ...]
    """Roles that no ladder pages: reached when somebody asks them."""
    roles: tuple[RoleEntry, ...]
    channels: tuple[ChannelEntry, ...]
    guards: tuple[Note, ...]
    proposed: tuple[tuple[str, tuple[Page, ...]], ...]
    """Severity, and the runbooks that propose it when they begin."""


def escalation(catalogue: Catalogue, pages: Iterable[Page]) -> Escalation:
    """Return the matrix of a catalogue."""
    everybody = roles(catalogue)
    levels = severities(catalogue)
    paged = [one for one in everybody if one.paged]
    ordered = sorted(pages, key=lambda page: page.runbook)
    return Escalation(
        severities=levels,
        rungs=tuple(Rungs(role=one, after=_after(one, levels)) for one in sorted(paged, key=_first)),
        asked=tuple(one for one in everybody if not one.paged),
        roles=everybody,
        channels=tuple(
            ChannelEntry(
                name=name,
                type=channel.type,
                roles=tuple(role for role, one in catalogue.roles.items() if one.channel == name),
                fallback=channel.fallback,
            )
            for name, channel in catalogue.channels.items()
        ),
        guards=guard_list(catalogue),
        proposed=tuple(
            (level.name, found)
            for level in levels
            if (found := tuple(page for page in ordered if page.severity == level.name))
        ),
    )


def roles(catalogue: Catalogue) -> tuple[RoleEntry, ...]:
    """Return every role with when it is paged, in the catalogue's order."""
    rest = not any("any" in role.approves for role in catalogue.roles.values())
    return tuple(
        RoleEntry(
            role=name,
            title=role.title,
            level=role.level,
            may=role.may,
            approves=role.approves,
            approves_rest=name == NOBODYS and rest,
            contact=role.contact,
            may_not=role.may_not,
            escalate_when=role.escalate_when,
            paged=tuple(
                (severity, rung.after)
                for severity, level in catalogue.severities.items()
                for rung in level.ladder
                if rung.role == name
            ),
        )
        for name, role in catalogue.roles.items()
    )


def severities(catalogue: Catalogue) -> tuple[SeverityEntry, ...]:
    """Return every severity, the gravest first, as the catalogue has them."""
    return tuple(
        SeverityEntry(
            name=name,
            meaning=level.meaning,
            respond=level.respond,
            cadence=level.cadence,
            aliases=level.aliases,
        )
        for name, level in catalogue.severities.items()
    )


def _after(role: RoleEntry, levels: Sequence[SeverityEntry]) -> tuple[Duration | None, ...]:
    paged = dict(role.paged)
    return tuple(paged.get(level.name) for level in levels)


def _first(role: RoleEntry) -> float:
    return min((float(after) for _, after in role.paged), default=0.0)
