"""The performer and the people of a case: the world answers as it is written there, and people too.

Rules:
1. What a case does not speak of is as on a good day: looks pass, changes are done, messages get through.
   Nobody answers a question, nor a page, unless the case says so.
2. Facts are judged by the check's own expectation, as in every run; an outcome that is written beside them
   and contradicts them is a fault of the case, and told.
3. A list is one answer after another: each visit, each sample of a wait and each item of a change takes the
   next, and the last one stays. A retry is given the same answer again.
4. The most particular word counts: what is given for the step, then what is usual for that name of the
   catalogue in the case, then in the file, then the good day. Facts are laid one over the other in that
   order, unless the particular word is an outcome that says there are none.
5. A line without a role is the operator's, who may not approve: what the core refuses a person it refuses a
   line. Of the lines that fit an approval, those that would be refused are taken where there is no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.core.events import Answered, Asked, Ended, Person, Prompted
from engine.core.moves import Perform
from engine.io.people import Reply
from engine.kinds.uses import ActionUse, CheckUse, judge
from engine.kinds.values import Instant, Json
from engine.kinds.verdicts import Observation
from engine.model.cases import NO_ANSWER, Given, Givens
from engine.model.catalogue import Role
from engine.model.scenario import ANY_STEP, Answer
from engine.model.step_tests import WHOEVER
from engine.views.good_day import good_day, put

SOMEBODY = Answer(step=ANY_STEP, answer="").by
"""The name of who answers, where nothing is said."""
PAGE = "page"
"""The item of an answer that is given in PagerDuty, not at the terminal."""
_GOOD = Given()
_CONTROL = "!control"


def key_of(asked: Asked) -> tuple[str, str]:
    """Return step and item as a case names them: without the number of a sample, of an item, or of a try."""
    first, _, rest = asked.item.partition(".")
    if first.isdigit():
        return asked.step, rest
    if first == "do":
        return asked.step, ""
    return ("control" if asked.step == _CONTROL else asked.step), asked.item


@dataclass(slots=True)
class Told:
    """What a case says of the looks and changes of one run, each in its turn."""

    given: Mapping[str, Givens]
    usual: Sequence[Mapping[str, Givens]] = ()
    """The case's own, then the file's."""
    _taken: dict[str, int] = field(default_factory=dict)
    _named: dict[str, Given] = field(default_factory=dict)

    def next(self, asked: Asked, use: CheckUse | ActionUse) -> Given | None:
        """Return what this operation comes to; None where nothing is said."""
        name = asked.operation.rpartition("@")[0]
        if name in self._named:
            return self._named[name]
        found: Given | None = None
        for key, givens in self._layers(asked, use):
            number = self._taken.get(key, 0)
            self._taken[key] = number + 1
            said = givens.each[min(number, len(givens.each) - 1)]
            found = said if found is None else _over(found, said)
        if found is not None:
            self._named[name] = found
        return found

    def _layers(self, asked: Asked, use: CheckUse | ActionUse) -> Iterator[tuple[str, Givens]]:
        """Yield what is said of an operation, the most particular first, and under what it is counted."""
        step, item = key_of(asked)
        head = item.partition(".")[0]
        keys = [f"{step}.{item}", f"{step}.{head}"] if item else [step]
        if asked.step == _CONTROL:
            keys.append(step)
        for key in (f"{asked.step}.{asked.item}", *keys):
            if key in self.given:
                yield key, self.given[key]
                break
        for number, usual in enumerate(self.usual):
            if use.name in usual:
                yield f"{number} {step}.{item}", usual[use.name]


def _over(particular: Given, usual: Given) -> Given:
    """Lay what is said of one look over what is usual for it."""
    if particular.outcome not in ("", "pass", "done") or usual.outcome not in ("", "pass", "done"):
        return particular if particular.outcome or particular.facts else usual
    return replace(
        particular,
        outcome=particular.outcome or (usual.outcome if not particular.facts else ""),
        facts={**usual.facts, **particular.facts},
        takes=particular.takes or usual.takes,
    )


@dataclass(slots=True)
class ScriptedPerformer:
    """Ends each operation as its case says; `problems` is what of the case cannot be."""

    told: Told
    now: Callable[[], Instant]
    channels: Mapping[str, str] = field(default_factory=dict)
    pages: Sequence[Answer] = ()
    """Who acknowledges a page in PagerDuty, and after how long."""
    problems: list[str] = field(default_factory=list)
    _paged: dict[str, Instant] = field(default_factory=dict)

    async def perform(self, move: Perform) -> Ended:
        """Return how it ends."""
        asked = move.asked
        match asked.what:
            case "message":
                return self._message(asked)
            case "acknowledgement":
                return self._acknowledgement(asked)
            case "proof":
                return Ended(operation=asked.operation, outcome="pass", why=f"{asked.title} holds")
            case "code":
                facts: dict[str, Json] = {"seal": "of the case"}
                return Ended(operation=asked.operation, outcome="pass", why="a code was sent", facts=facts)
        if isinstance(move.use, CheckUse):
            return self.looked(asked, move.use, self.told.next(asked, move.use))
        if isinstance(move.use, ActionUse):
            return changed(asked, self.told.next(asked, move.use))
        raise ValueError(f"no case can answer {asked.what}")

    def looked(self, asked: Asked, use: CheckUse, given: Given | None) -> Ended:
        """Return how a look ends; facts are judged by the check's own expectation."""
        ended, problem = looked(asked, use, given)
        if problem:
            self.problems.append(problem)
        return ended

    def _message(self, asked: Asked) -> Ended:
        args = asked.args if isinstance(asked.args, Mapping) else {}
        if self.channels.get(asked.target) == "undelivered":
            why = f"{asked.target}: the case does not let it through"
            return Ended(operation=asked.operation, outcome="undelivered", why=why, no_answer="refused")
        self._paged.setdefault(str(args.get("dedup_key")), self.now())
        return Ended(operation=asked.operation, outcome="delivered", why=f"delivered by {asked.target}")

    def _acknowledgement(self, asked: Asked) -> Ended:
        args = asked.args if isinstance(asked.args, Mapping) else {}
        paged = self._paged.get(str(args.get("dedup_key")))
        for one in self.pages:
            fits = one.step in (ANY_STEP, asked.step) and one.role in ("", args.get("role"))
            if fits and paged is not None and self.now() >= paged.after(one.after):
                why = f"{one.by} acknowledged it in {asked.target}"
                return Ended(operation=asked.operation, outcome="acknowledged", why=why, facts={"by": one.by})
        return Ended(operation=asked.operation, outcome="open", why="nobody has acknowledged yet")


def looked(asked: Asked, use: CheckUse, given: Given | None) -> tuple[Ended, str]:
    """Return how a look ends that was given an answer, and what contradicts itself in that."""
    given = given or _GOOD
    outcome, seconds = given.outcome, float(given.takes)
    if outcome in NO_ANSWER:
        seen = judge(use, Observation(no_answer=outcome, seconds=seconds))
        why = given.why or f"no answer: {outcome}"
        ended = Ended(
            operation=asked.operation, outcome=seen.answer, why=why, seconds=seconds, no_answer=outcome
        )
        return ended, ""
    if outcome == "unknown" and not given.facts:
        why = given.why or "could not look: the case says so"
        return Ended(operation=asked.operation, outcome="unknown", why=why, seconds=seconds, cannot=why), ""
    facts: dict[str, Json] = {} if outcome in ("fail", "unknown") else dict(good_day(use))
    for path, value in given.facts.items():
        put(facts, path, value)
    # a fact given by its own name is not looked up again in an answer that the case does not spell out
    heads = {path.partition(".")[0] for path in given.facts}
    selectors = {
        n: one for n, one in use.facts.items() if n not in heads and one.path.partition(".")[0] in heads
    }
    verdict = judge(replace(use, facts=selectors), Observation(facts=facts, seconds=seconds))
    answer, problem = verdict.answer, ""
    if outcome and given.facts and answer not in (outcome, "unknown"):
        where = ".".join(key_of(asked)).strip(".")
        problem = f"{where}: the case says {outcome}, and by its facts it is {answer} ({verdict.why})"
    elif outcome or not given.facts:
        answer = outcome or "pass"  # type: ignore[assignment]  # the loader let only outcomes of a look through
    return Ended(
        operation=asked.operation,
        outcome=answer,
        why=given.why or (verdict.why if answer == verdict.answer else "the case says so"),
        seconds=seconds,
        seen=verdict.seen if answer == verdict.answer else (),
        facts=verdict.facts,
    ), problem


def changed(asked: Asked, given: Given | None) -> Ended:
    """Return how a change ends that was given an outcome."""
    given = given or _GOOD
    facts: dict[str, Json] = {}
    for path, value in given.facts.items():
        put(facts, path, value)
    return Ended(
        operation=asked.operation,
        outcome=given.outcome or "done",
        why=given.why or "the case says so",
        seconds=float(given.takes),
        facts=facts,
    )


@dataclass(slots=True)
class ScriptedPeople:
    """People who answer as written: lines of one step and item in their turn, and the last one stays."""

    lines: Sequence[Answer]
    operator: Person
    roles: Mapping[str, Role] = field(default_factory=dict)
    """The roles there are: nobody answers in another."""
    _taken: dict[tuple[str, str], int] = field(default_factory=dict)

    def reply(self, prompted: Prompted) -> Reply | None:
        """Return the answer whose turn it is, or None where nobody answers."""
        options = {option.key for option in prompted.options}
        fitting = [
            one
            for one in self.lines
            if one.step in (ANY_STEP, prompted.step)
            and one.item in ("", prompted.item, prompted.kind)
            and one.item != PAGE
            and one.answer in options
            and (one.role != WHOEVER or not prompted.role or prompted.role in self.roles)
        ]
        if not fitting:
            return None
        named = [one for one in fitting if one.step != ANY_STEP]
        lines = self._able(named, prompted) if named else self._able(fitting, prompted)[:1]
        key = (prompted.step, prompted.item)
        number = self._taken.get(key, 0)
        self._taken[key] = number + 1
        one = lines[min(number, len(lines) - 1)]
        answered = Answered(
            prompt=prompted.prompt,
            choice=one.answer,
            reason=one.reason,
            values=one.values,
            digest=prompted.digest,
        )
        return Reply(answered, self._person(one, prompted), one.after)

    def _person(self, one: Answer, prompted: Prompted) -> Person:
        """Return who says a line: the operator where it has no role, else somebody of that role."""
        said = prompted.role if one.role == WHOEVER else one.role
        role = said or self.operator.role
        own = role == self.operator.role and not (said and prompted.kind == "approve")
        name = one.by if one.by != SOMEBODY else self.operator.name if own else f"the {role}"
        return Person(name=name, role=role, identity="claimed", via="script")

    def _able(self, lines: Sequence[Answer], prompted: Prompted) -> Sequence[Answer]:
        """Return the lines that count as an answer, all of them where none does."""
        if prompted.kind != "approve":
            return lines
        return [one for one in lines if one.answer != "yes" or self._approves(one, prompted)] or lines

    def _approves(self, one: Answer, prompted: Prompted) -> bool:
        own = self.roles.get(one.role)
        any_change = own is not None and "any" in own.approves and prompted.detail.get("effect") != "destroy"
        return one.role in (WHOEVER, prompted.role) or any_change


__all__ = [
    "PAGE",
    "SOMEBODY",
    "ScriptedPeople",
    "ScriptedPerformer",
    "Told",
    "changed",
    "key_of",
    "looked",
]
