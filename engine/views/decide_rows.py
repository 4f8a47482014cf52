"""Facts for the rows of a decision: what each row needs, and what lies just beside it.

Rules:
1. For each row: facts that it takes and no row before it; one more for each value its conditions list.
2. For each condition: the same with only this one untrue, so that no row before takes them either and
   something else happens. For each pair of neighbours: facts that both would take, as order decides there.
3. Of two ways to arrange that, the one is chosen in which the row makes a difference: without it the step
   would go elsewhere, or raise another severity.
4. The search is small and ordered: what is found does not change from run to run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product

from engine.core.plan import Plan, PlanStep
from engine.core.run_state import RunState
from engine.kinds.matching import judge
from engine.kinds.references import ABSENT, Absent, Unresolved, resolve
from engine.kinds.steps.decide import DecideStep
from engine.kinds.values import Json
from engine.views.boundaries import each_fit, fits, misses
from engine.views.decide_conditions import Condition, Known, Row

TRIES = 1500
"""Assignments that are tried for one row or condition."""
Facts = Mapping[str, Json]


Values = dict[str, "Json | Absent"]


@dataclass(slots=True)
class Rows:
    """The rows of one decision, held against made-up facts."""

    rows: tuple[Row, ...]
    otherwise: tuple[str, str]
    domains: Mapping[str, Sequence[Json | Absent]]
    fixed: Facts
    """What the run itself says, which no test can change."""
    _held: dict[tuple[int, str], bool] = field(default_factory=dict)

    @classmethod
    def of(cls, state: RunState, plan: Plan, step: PlanStep, decide: DecideStep) -> Rows:
        """Read the rows of a step."""
        known = Known(state, plan, step.scope)
        rows = tuple(
            Row(
                tuple(known.conditions(row.when)),
                tuple(tuple(known.conditions(option)) for option in row.any),
                (row.go, row.raises),
            )
            for row in decide.decide
        )
        return cls(rows, (decide.otherwise, ""), known.domains(rows), known.fixed)

    def effect(self, values: Values, without: int = -1) -> tuple[str, str]:
        """Return what happens with these facts, without one row."""
        number = self.first(values, without)
        return self.otherwise if number == len(self.rows) else self.rows[number].effect

    def first(self, values: Values, without: int = -1) -> int:
        """Return the row that takes these facts; one beyond the last where none does."""
        for number, row in enumerate(self.rows):
            if number != without and self.takes(row, values):
                return number
        return len(self.rows)

    def takes(self, row: Row, values: Values) -> bool:
        """Say whether a row takes these facts."""
        if not all(self.holds(one, values) for one in row.must):
            return False
        return not row.options or any(
            all(self.holds(one, values) for one in option) for option in row.options
        )

    def holds(self, one: Condition, values: Values) -> bool:
        """Say whether a condition holds."""
        found = [values.get(path, self.fixed.get(path, ABSENT)) for path in one.paths]
        key = (id(one), repr(found))
        if key not in self._held:
            self._held[key] = self._judge(one, values)
        return self._held[key]

    def _judge(self, one: Condition, values: Values) -> bool:
        def lookup(name: str) -> Json | Absent:
            return values.get(name, self.fixed.get(name, ABSENT))

        try:
            data = resolve(one.matcher.data, lookup)
        except Unresolved:
            return False
        return judge(data, lookup(one.path)) == "pass"

    def tests(self) -> Iterator[Facts]:
        """Yield the facts of every test that the rows are worth."""
        for number, row in enumerate(self.rows):
            yield from self._of_row(number, row)
            if number + 1 < len(self.rows):
                yield from self._of_both(number)
        yield {}

    def _of_row(self, number: int, row: Row) -> Iterator[Facts]:
        for option in row.options or ((),):
            others = [one for one in row.options if one is not option]
            needed = (*row.must, *option)

            def taken(values: Values) -> bool:
                return self.first(values) == number

            def matters(values: Values) -> bool:
                return self.effect(values, number) != row.effect

            apart = _apart(others, option)
            plain = self._search(needed, apart, taken, matters, number)
            if plain is not None:
                yield self._shown(plain)
            yield from self._listed(needed, number, plain)
            for one in needed:
                rest = tuple(other for other in needed if other is not one)

                def beyond(values: Values) -> bool:
                    return self.first(values) > number

                def otherwise(values: Values) -> bool:
                    return self.effect(values) != row.effect

                missed = self._search(rest, (one, *(apart if one in option else ())), beyond, otherwise)
                if missed is not None:
                    yield self._shown(missed)

    def _listed(self, needed: Sequence[Condition], number: int, plain: Values | None) -> Iterator[Facts]:
        """Yield the facts of a row once more for each other value that a condition lists."""
        if plain is None:
            return
        for one in needed:
            possible = {repr(value) for value in self.domains.get(one.path, ())}
            for value in each_fit(one.matcher.data)[:8] if not one.refers else ():
                if repr(value) not in possible:
                    continue
                values = {**plain, one.path: value}
                if value != plain.get(one.path) and self.first(values) == number:
                    yield self._shown(values)

    def _of_both(self, number: int) -> Iterator[Facts]:
        """Yield facts that two neighbours would both take, where they do not do the same."""
        row, after = self.rows[number], self.rows[number + 1]
        if row.effect == after.effect:
            return

        def taken(values: Values) -> bool:
            return self.first(values) == number and self.takes(after, values)

        for option, other in product(row.options or ((),), after.options or ((),)):
            found = self._search((*row.must, *option, *after.must, *other), (), taken, None)
            if found is not None:
                yield self._shown(found)
                return

    def _search(
        self,
        needed: Sequence[Condition],
        untrue: Sequence[Condition],
        accept: Callable[[Values], bool],
        prefer: Callable[[Values], bool] | None,
        without: int = -1,
    ) -> Values | None:
        """Return facts with which all that is needed holds and nothing of what must be untrue does."""
        paths = list(dict.fromkeys(path for one in (*needed, *untrue) for path in one.paths))
        spare: Values | None = None
        for _ in range(4):
            found, better, blocking = self._tried(paths, needed, untrue, accept, prefer, without)
            if better is not None:
                return self._least(better, needed, untrue, accept, prefer)
            spare = spare or found
            more = [path for path in blocking if path not in paths and path not in self.fixed]
            if not more:
                break
            paths += more[:2]
        return spare

    def _least(
        self,
        values: Values,
        needed: Sequence[Condition],
        untrue: Sequence[Condition],
        accept: Callable[[Values], bool],
        prefer: Callable[[Values], bool] | None,
    ) -> Values:
        """Return the facts without those that nothing depends on: what was tried on the way to them."""
        mentioned = {path for one in (*needed, *untrue) for path in one.paths}
        for path in [one for one in values if one not in mentioned]:
            less: Values = {name: value for name, value in values.items() if name != path}
            if accept(less) and (prefer is None or prefer(less)):
                values = less
        return values

    def _tried(
        self,
        paths: Sequence[str],
        needed: Sequence[Condition],
        untrue: Sequence[Condition],
        accept: Callable[[Values], bool],
        prefer: Callable[[Values], bool] | None,
        without: int,
    ) -> tuple[Values | None, Values | None, Sequence[str]]:
        """Return the first facts that will do, the first that are better, and what stood in the way."""
        domains = [self._values(path, needed, untrue) for path in paths if path not in self.fixed]
        free = [path for path in paths if path not in self.fixed]
        spare: Values | None = None
        blocking: dict[str, None] = {}
        for assigned in islice(product(*domains), TRIES):
            values: Values = dict(zip(free, assigned, strict=True))
            if not all(self.holds(one, values) for one in needed):
                continue
            if any(self.holds(one, values) for one in untrue):
                continue
            if accept(values):
                if prefer is None or prefer(values):
                    return spare, values, ()
                spare = spare or values
            if len(blocking) < 12:
                blocking.update(dict.fromkeys(self._in_the_way(values, without)))
        return spare, None, tuple(blocking)

    def _in_the_way(self, values: Values, without: int) -> Iterator[str]:
        """Yield what could change what happens: what leads past the row that takes these, then elsewhere."""
        number = self.first(values, without)
        effect = self.effect(values, without)
        past = self.rows[number : number + 1]
        other = [row for row in self.rows if row.effect != effect]
        for row in (*past, *other):
            options = row.options if row in past else row.options[:1]
            for one in (*row.must, *(one for option in options for one in option)):
                yield from (path for path in one.paths if path not in values)

    def _values(
        self, path: str, needed: Sequence[Condition], untrue: Sequence[Condition]
    ) -> Sequence[Json | Absent]:
        """Return the values to try at a path, those that its own conditions want first."""
        own = [one for one in needed if one.path == path and not one.refers]
        against = [one for one in untrue if one.path == path and not one.refers]
        first: list[Json | Absent] = []
        for one in own:
            first += fits(one.matcher.data)
        for one in against:
            first += misses(one.matcher.data)
        allowed = self.domains.get(path, (ABSENT,))
        first = [value for value in first if any(_same(value, other) for other in allowed)]
        ordered = list({repr(value): value for value in (*first, *_together(own), *allowed)}.values())
        ordered = [*(value for value in ordered if not isinstance(value, Absent)), ABSENT]
        fitting = [
            value
            for value in ordered
            if all(self.holds(one, {path: value}) for one in own)
            and not any(self.holds(one, {path: value}) for one in against)
        ]
        return fitting[:12]

    def _shown(self, values: Values) -> Facts:
        return {path: value for path, value in values.items() if not isinstance(value, Absent)}


def _together(own: Sequence[Condition]) -> Iterator[Json]:
    """Yield a text, or a list, in which everything is found that several conditions look for."""
    if len(own) < 2:
        return
    each = [next(iter(fits(one.matcher.data)), None) for one in own]
    texts = [value for value in each if isinstance(value, str)]
    lists = [value for value in each if isinstance(value, list)]
    if len(texts) == len(each):
        yield " ".join(texts)
    if len(lists) == len(each):
        yield [item for value in lists for item in value]


def _same(value: Json | Absent, other: Json | Absent) -> bool:
    return repr(value) == repr(other)


def _apart(others: Sequence[Sequence[Condition]], option: Sequence[Condition]) -> tuple[Condition, ...]:
    """Return a condition of each other alternative that keeps it from holding."""
    mine = {(one.path, repr(one.matcher.data)) for one in option}
    found = []
    for other in others:
        free = [one for one in other if (one.path, repr(one.matcher.data)) not in mine]
        found += free[-1:]
    return tuple(found)


__all__ = ["Rows"]
