"""What the rows of a decide leave over for each other: rows never reached, and lists that decide the same.

Rules:
1. A condition is true or not true; *unknown* is not true. Which of them go together is asked of each two of
   one path (`engine/model/implication.py`), so more is thought possible than is: what is proved is certain.
2. A row is never reached where, whatever makes it true, a row above it is true.
3. Two lists decide the same where every way of filling in the conditions leads to the same step with the same
   severity. What is said of it (`why`) is not asked.
4. Where two lists part is told by the rows that each takes then (`divergences`), for whoever weighs a change.
5. A proof that takes more than `PATIENCE` trials is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod

from engine.kinds.matchers import Matcher
from engine.kinds.steps.decide import Case
from engine.model.implication import alternatives, excludes, implies

PATIENCE = 5_000
SEVERAL = 24
"""Ways to meet the conditions of a row, at most: beyond, a list of values is one condition."""

Way = frozenset[int]
"""Conditions, by number, that make a row true together."""
Going = tuple[str, str]
"""Where a decide goes, and the severity it raises."""


def covered(rows: Sequence[Case]) -> Mapping[int, tuple[int, ...]]:
    """Return the rows that are never reached, each with the one above because of which, or with several."""
    atoms, trials = _Atoms(), _Trials()
    ways = [atoms.ways(row) for row in rows]
    found: dict[int, tuple[int, ...]] = {}
    for number in range(len(rows)):
        mine = [way for way in ways[number] if atoms.assume({}, way) is not None]
        above = (
            _covering(atoms, mine, ways[:number], trials) if mine else ()
        )  # it never holds: another rule's
        if above:
            found[number] = above
    return found


def _covering(
    atoms: _Atoms, mine: Sequence[Way], rows: Sequence[Sequence[Way]], trials: _Trials
) -> tuple[int, ...]:
    near = [above for above in range(len(rows)) if _meets(atoms, mine, rows[above])]
    for above in near:
        if not any(_passes_by(atoms, way, rows[above : above + 1], trials) for way in mine):
            return (above,)
    together = [rows[above] for above in near]
    return () if any(_passes_by(atoms, way, together, trials) for way in mine) else tuple(near)


def same(one: Sequence[Case], otherwise: str, other: Sequence[Case], otherwise_of_other: str) -> bool:
    """Say whether two lists of rows decide the same, whatever is seen; no: it is not proved."""
    if otherwise != otherwise_of_other:
        return False
    atoms = _Atoms()
    lists = [[(atoms.ways(row), (row.go, row.raises)) for row in rows] for rows in (one, other)]
    first, second = lists
    alike = 0
    while alike < min(len(first), len(second)) and first[alike] == second[alike]:
        alike += 1
    last = 0
    while last < min(len(first), len(second)) - alike and first[-1 - last] == second[-1 - last]:
        last += 1
    differing = [way for rows in lists for ways, _ in rows[alike : len(rows) - last] for way in ways]
    trials = _Trials()
    for way in dict.fromkeys(differing):
        held = atoms.assume({}, way)
        if held is not None and not _agree(atoms, held, first, second, (otherwise, ""), trials):
            return False
    return True


def divergences(
    one: Sequence[Case], other: Sequence[Case], asked: Callable[[int, int], bool]
) -> tuple[tuple[int, int], ...]:
    """Return every two rows, by number, that two lists can take of the same state of things.

    The `else` of a list is the row after its last. Only those that are `asked` for are looked for, and what
    cannot be found out in time is left out: each that is returned was found possible.
    """
    atoms = _Atoms()
    first, second = ([atoms.ways(row) for row in rows] for rows in (one, other))
    alike = 0
    while alike < min(len(first), len(second)) and first[alike] == second[alike]:
        alike += 1  # what the one takes of these, the other takes
    return tuple(
        (i, j)
        for i in range(len(first) + 1)
        for j in range(len(second) + 1)
        if (i == j or min(i, j) >= alike) and asked(i, j) and _together(atoms, first, second, i, j)
    )


def _together(
    atoms: _Atoms, first: Sequence[Sequence[Way]], second: Sequence[Sequence[Way]], i: int, j: int
) -> bool:
    """Say whether a state of things was found in which one list takes row i and the other row j."""
    trials = _Trials()
    mine = first[i] if i < len(first) else (Way(),)
    others = second[j] if j < len(second) else (Way(),)
    above = list(dict.fromkeys(tuple(row) for row in (*first[:i], *second[:j])))
    for way in dict.fromkeys(a | b for a in mine for b in others):
        if _passes_by(atoms, way, above, trials):
            return trials.made <= PATIENCE
    return False


@dataclass(slots=True)
class _Trials:
    """How often something was tried."""

    made: int = 0

    def over(self) -> bool:
        """Count one more, and say whether it is one too many."""
        self.made += 1
        return self.made > PATIENCE


@dataclass(slots=True)
class _Atoms:
    """The conditions of some rows, each once, and what follows from each being true."""

    known: list[tuple[str, Matcher]] = field(default_factory=list)
    by_path: dict[str, list[int]] = field(default_factory=dict)
    implied: list[set[int]] = field(default_factory=list)
    implying: list[set[int]] = field(default_factory=list)
    excluded: list[set[int]] = field(default_factory=list)

    def ways(self, row: Case) -> tuple[Way, ...]:
        """Return every set of conditions that makes a row true; none: it never is."""
        own = self._all(row.when)
        if not row.any:
            return own if row.when else ()
        options = [way for option in row.any if option for way in self._all(option)]
        both = ((one | option) for one in (own or (Way(),)) for option in options)
        return tuple(dict.fromkeys(both))

    def assume(self, held: Mapping[int, bool], way: Way) -> dict[int, bool] | None:
        """Return what is known when some conditions are true too, or None where they cannot be."""
        found: dict[int, bool] | None = dict(held)
        for one in way:
            if found is not None:
                found = self.put(found, one, True)
        return found

    def put(self, held: Mapping[int, bool], one: int, holds: bool) -> dict[int, bool] | None:
        """Return what is known when one condition is, or is not, true; None where that cannot be."""
        if one in held:
            return dict(held) if held[one] is holds else None
        found, left = dict(held), [(one, holds)]
        while left:
            here, true = left.pop()
            if here in found:
                if found[here] is not true:
                    return None
                continue
            found[here] = true
            if true:
                left += [(other, True) for other in self.implied[here]]
                left += [(other, False) for other in self.excluded[here]]
            else:
                left += [(other, False) for other in self.implying[here]]
        return found

    def _all(self, conditions: Mapping[str, Matcher]) -> tuple[Way, ...]:
        """Return every way to meet all conditions: of a few values, each is one."""
        each = [
            [self._number(path, one) for one in alternatives(matcher, SEVERAL)]
            for path, matcher in conditions.items()
        ]
        if prod(map(len, each)) > SEVERAL:
            return (frozenset(self._number(path, matcher) for path, matcher in conditions.items()),)
        return tuple(map(frozenset, product(*each))) if each else ()

    def _number(self, path: str, matcher: Matcher) -> int:
        beside = self.by_path.setdefault(path, [])
        follows = {other for other in beside if implies(matcher, self.known[other][1])}
        for other in follows:
            if implies(self.known[other][1], matcher):
                return other
        mine = len(self.known)
        self.known.append((path, matcher))
        self.implied.append(follows)
        self.implying.append({other for other in beside if implies(self.known[other][1], matcher)})
        self.excluded.append({other for other in beside if excludes(matcher, self.known[other][1])})
        for other in follows:
            self.implying[other].add(mine)
        for other in self.implying[mine]:
            self.implied[other].add(mine)
        for other in self.excluded[mine]:
            self.excluded[other].add(mine)
        beside.append(mine)
        return mine


def _meets(atoms: _Atoms, mine: Sequence[Way], ways: Sequence[Way]) -> bool:
    """Say whether a row can be true together with another."""
    return any(atoms.assume(held, way) for one in mine if (held := atoms.assume({}, one)) for way in ways)


def _passes_by(atoms: _Atoms, way: Way, rows: Sequence[Sequence[Way]], trials: _Trials) -> bool:
    """Say whether all the rows may be untrue where these conditions are; where nobody knows, yes."""
    held = atoms.assume({}, way)
    left = [held] if held is not None else []
    while left:
        here = left.pop()
        if trials.over():
            return True
        open_row = next((ways for ways in rows if _true(ways, here) is not False), None)
        if open_row is None:
            return True
        if _true(open_row, here):
            continue
        one = _undecided(open_row, here)
        left += [then for holds in (True, False) if (then := atoms.put(here, one, holds)) is not None]
    return False


def _agree(
    atoms: _Atoms,
    held: dict[int, bool],
    first: Sequence[tuple[Sequence[Way], Going]],
    second: Sequence[tuple[Sequence[Way], Going]],
    otherwise: Going,
    trials: _Trials,
) -> bool:
    left = [held]
    while left:
        here = left.pop()
        if trials.over():
            return False
        one, other = _decided(first, here, otherwise), _decided(second, here, otherwise)
        unsure = next((found for found in (one, other) if isinstance(found, int)), None)
        if unsure is None:
            if one != other:
                return False
            continue
        left += [then for holds in (True, False) if (then := atoms.put(here, unsure, holds)) is not None]
    return True


def _decided(
    rows: Sequence[tuple[Sequence[Way], Going]], held: Mapping[int, bool], otherwise: Going
) -> Going | int:
    """Return where a list goes, or the first condition that it depends on."""
    for ways, going in rows:
        true = _true(ways, held)
        if true is None:
            return _undecided(ways, held)
        if true:
            return going
    return otherwise


def _true(ways: Sequence[Way], held: Mapping[int, bool]) -> bool | None:
    """Say whether a row is true, as far as it is known."""
    open_ways = False
    for way in ways:
        known = [held.get(one) for one in way]
        if all(known):
            return True
        open_ways = open_ways or False not in known
    return None if open_ways else False


def _undecided(ways: Sequence[Way], held: Mapping[int, bool]) -> int:
    return next(_open(ways, held))


def _open(ways: Sequence[Way], held: Mapping[int, bool]) -> Iterator[int]:
    for way in ways:
        if not any(held.get(one) is False for one in way):
            yield from sorted(one for one in way if one not in held)


__all__ = ["PATIENCE", "covered", "divergences", "same"]
