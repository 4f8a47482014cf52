"""The performer and the people of one simulated incident: a case says what, chance says how long and whether.

Rules:
1. What a look or a change comes to is the case's, judged as in a test of it; a drawn time beyond the patience
   of the asker is no answer, and now and then a look gets none although the target is well.
2. Times are log-normal by median and 95th percentile, or drawn from those on record.
3. A person answers as the case says, else the default of the question, else its first option; how long that
   takes, and whether it happens at all, is drawn by role. The operator is at the screen and always answers.
   A role that the catalogue does not have has nobody who could.
4. Chance comes in as an argument: the same numbers, the same incident.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from random import Random

from engine.core.events import Answered, Asked, Ended, Person, Prompted
from engine.core.moves import Perform
from engine.io.people import People, Reply
from engine.io.performers.scripted import Told, changed, key_of, looked
from engine.kinds.uses import ActionUse, CheckUse
from engine.model.cases import Given, Givens, Response, Spread

_Z95 = 1.644854
"""The 95th percentile of a standard normal distribution."""
_HUMBLE = ("cannot", "no", "none")
"""What is answered to "look yourself" where the case does not say what is seen."""

NO_PATIENCE = Given(outcome="timeout", why="it took longer than the patience of the asker")
UNSEEN = Given(outcome="timeout", why="now and then a look gets no answer")


@dataclass(frozen=True, slots=True)
class Draw:
    """A length of time that differs: on record, or log-normal."""

    median: float
    sigma: float
    on_record: tuple[float, ...] = ()

    @classmethod
    def of(cls, spread: Spread | Response) -> Draw:
        """Return the distribution with this median and 95th percentile."""
        return cls(math.log(spread.median), math.log(spread.p95 / spread.median) / _Z95)

    def seconds(self, chance: Random) -> float:
        """Draw one, to the millisecond."""
        if self.on_record:
            return round(chance.choice(self.on_record), 3)
        return round(math.exp(chance.gauss(self.median, self.sigma)), 3)


@dataclass(frozen=True, slots=True)
class Human:
    """How people of one role answer."""

    takes: Draw
    never: float = 0.0


@dataclass(frozen=True, slots=True)
class Odds:
    """Everything chance is asked about, the same for all incidents of a forecast."""

    looks: Mapping[str, Draw]
    """By `step.check`, `step`, or the catalogue's name."""
    look: Draw
    """Every other look."""
    change: Draw
    """Every other change."""
    people: Mapping[str, Human]
    person: Human
    """Every other role."""
    unknown: float = 0.0
    undelivered: Mapping[str, float] = field(default_factory=dict)


Seen = dict[tuple[str, str, int, int], tuple[partial[Ended], float, CheckUse, Given | None]]
"""What looks came to, and how long at least, for those that are asked the same again: judging costs most.

The check and what was given are known by their identity, so they are kept beside it: the core makes a check
that is asked the same again only once (core/prepared.py).
"""
MOST = 4096
"""Looks that are kept of one case; then it begins anew."""


@dataclass(slots=True)
class DrawnPerformer:
    """Ends each operation as its case says, after a time that is drawn."""

    told: Told
    odds: Odds
    chance: Random
    channels: Mapping[str, str]
    seen: Seen

    async def perform(self, move: Perform) -> Ended:
        """Return how it ends."""
        asked, use = move.asked, move.use
        if isinstance(use, CheckUse):
            return self._look(asked, use)
        if isinstance(use, ActionUse):
            return self._change(asked, use)
        if asked.what == "message":
            return self._message(asked)
        outcome = "open" if asked.what == "acknowledgement" else "pass"
        facts = {"seal": "of the forecast"} if asked.what == "code" else {}
        return Ended(operation=asked.operation, outcome=outcome, facts=facts)

    def _look(self, asked: Asked, use: CheckUse) -> Ended:
        given = self.told.next(asked, use)
        seconds = self._draw(asked, use.name, self.odds.look).seconds(self.chance)
        if seconds >= use.timeout:
            given, seconds = NO_PATIENCE, float(use.timeout)
        elif self.odds.unknown and asked.what == "check" and self.chance.random() < self.odds.unknown:
            given = UNSEEN
        key = (asked.step, asked.item.partition(".")[2] or asked.item, id(use), id(given))
        known = self.seen.get(key)
        if known is None:
            if len(self.seen) >= MOST:
                self.seen.clear()
            ended = looked(asked, use, given)[0]
            alike = partial(Ended, **{one.name: getattr(ended, one.name) for one in fields(Ended)})
            known = self.seen[key] = (alike, ended.seconds, use, given)
        return known[0](operation=asked.operation, seconds=max(seconds, known[1]))

    def _change(self, asked: Asked, use: ActionUse) -> Ended:
        seconds = self._draw(asked, use.name, self.odds.change).seconds(self.chance)
        given = self.told.next(asked, use)
        if seconds >= use.timeout:
            given, seconds = Given(outcome="unknown", why=NO_PATIENCE.why), float(use.timeout)
        ended = changed(asked, given)
        return replace(ended, seconds=max(seconds, ended.seconds))

    def _draw(self, asked: Asked, name: str, otherwise: Draw) -> Draw:
        if not self.odds.looks:
            return otherwise
        step, item = key_of(asked)
        for key in (f"{step}.{item}", step, name):
            if key in self.odds.looks:
                return self.odds.looks[key]
        return otherwise

    def _message(self, asked: Asked) -> Ended:
        fails = self.channels.get(asked.target) == "undelivered"
        share = self.odds.undelivered.get(asked.target, 0.0)
        if fails or (share and self.chance.random() < share):
            why = f"{asked.target} did not take it"
            return Ended(operation=asked.operation, outcome="undelivered", why=why, no_answer="refused")
        return Ended(operation=asked.operation, outcome="delivered", why=f"delivered by {asked.target}")


@dataclass(slots=True)
class DrawnPeople:
    """People who answer what their case says, after a time that is drawn, or never."""

    lines: People
    odds: Odds
    chance: Random
    operator: Person
    now: Callable[[], float]
    roles: Collection[str] = ()
    """The roles there are."""
    asked: set[str] = field(default_factory=set)
    """Roles whose answer was drawn."""
    given: Mapping[str, Givens] = field(default_factory=dict)
    """What the case says of looks and changes: a person who is asked whether one happened knows it."""

    def reply(self, prompted: Prompted) -> Reply | None:
        """Return the answer, or None where nobody of that role answers."""
        written = self.lines.reply(prompted)
        role = prompted.role or (written.by.role if written else "") or self.operator.role
        own = role == self.operator.role and prompted.kind not in ("approve", "acknowledge")
        self.asked.add(role)
        human = self.odds.people.get(role, self.odds.person)
        never = self.chance.random() < human.never
        after = human.takes.seconds(self.chance)
        if never and not own:
            return None
        if written is not None:
            return replace(written, after=after)
        if not own and role not in self.roles:
            return None
        choice = _choice(prompted, self.given)
        answer = Answered(
            prompt=prompted.prompt, choice=choice, reason="assumed by the forecast", digest=prompted.digest
        )
        by = self.operator if own else Person(name=f"the {role}", role=role, identity="claimed", via="script")
        return Reply(answer, by, after)


def _choice(prompted: Prompted, given: Mapping[str, Givens]) -> str:
    """Return what is answered where the case says nothing of people."""
    keys = [option.key for option in prompted.options]
    if prompted.kind == "happened" and prompted.step in given:
        each, number = given[prompted.step].each, prompted.item.partition(".")[2]
        said = each[min(int(number), len(each) - 1)] if number.isdigit() else each[-1]
        return "failed" if said.outcome == "failed" and "failed" in keys else keys[0]
    if prompted.kind == "look":
        return next((key for key in keys if key in _HUMBLE), keys[-1])
    return prompted.default if prompted.default in keys else keys[0]


def drawn_from(values: Sequence[float]) -> Draw:
    """Return the distribution of what is on record."""
    return Draw(0.0, 0.0, tuple(values))
