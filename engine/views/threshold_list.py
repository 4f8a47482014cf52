"""The team's numbers with their sources, what else its documents say, and what decides by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.kinds.references import references
from engine.kinds.values import Json
from engine.model.catalogue import Threshold

_PREFIX = "thresholds."


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdEntry:
    """One number."""

    name: str
    title: str
    value: str
    source: str
    conflicts: tuple[str, ...]
    runbooks: tuple[str, ...] = ()
    """Runbooks that decide by it, whether in a step or through a check or an action of the catalogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdList:
    """All numbers by name, and those that differ between documents or that something decides by."""

    entries: tuple[ThresholdEntry, ...]

    @property
    def disputed(self) -> tuple[ThresholdEntry, ...]:
        """Return those for which a document says something else."""
        return tuple(one for one in self.entries if one.conflicts)

    @property
    def read(self) -> tuple[ThresholdEntry, ...]:
        """Return those that a runbook decides by."""
        return tuple(one for one in self.entries if one.runbooks)


def threshold_list(
    thresholds: Mapping[str, Threshold], runbooks: Mapping[str, Json], shared: Sequence[Mapping[str, Json]]
) -> ThresholdList:
    """Return the list; `runbooks` are files by id, `shared` the catalogue's files, as plain data."""
    through = _through(shared)
    readers: dict[str, list[str]] = {}
    for runbook, data in sorted(runbooks.items()):
        for name in dict.fromkeys(
            [*_named(data), *(one for use in _uses(data) for one in through.get(use, ()))]
        ):
            readers.setdefault(name, []).append(runbook)
    return ThresholdList(
        entries=tuple(
            entry(name, one, tuple(readers.get(name, ()))) for name, one in sorted(thresholds.items())
        )
    )


def entry(name: str, threshold: Threshold, runbooks: tuple[str, ...] = ()) -> ThresholdEntry:
    """Return one number as a page says it."""
    return ThresholdEntry(
        name=name,
        title=threshold.title or name,
        value=str(threshold.value),
        source=threshold.source,
        conflicts=threshold.conflicts,
        runbooks=runbooks,
    )


def _named(data: Json) -> Iterable[str]:
    """Return the names of the thresholds that a tree refers to."""
    return (
        one.removeprefix(_PREFIX).partition(".")[0] for one in references(data) if one.startswith(_PREFIX)
    )


def _through(shared: Sequence[Mapping[str, Json]]) -> Mapping[str, tuple[str, ...]]:
    """Return the thresholds that each check and action of the catalogue decides by."""
    found: dict[str, tuple[str, ...]] = {}
    for data in shared:
        for key in ("checks", "actions", "precautions"):
            uses = data.get(key)
            for name, use in uses.items() if isinstance(uses, Mapping) else ():
                found[str(name)] = tuple(dict.fromkeys(_named(use)))
    return found


def _uses(data: Json) -> Iterable[str]:
    """Yield the name of every check and action of the catalogue that a tree uses."""
    if isinstance(data, Mapping):
        for key, item in data.items():
            if key == "use" and isinstance(item, str):
                yield item
            else:
                yield from _uses(item)
    elif isinstance(data, (list, tuple)):
        for item in data:
            yield from _uses(item)
