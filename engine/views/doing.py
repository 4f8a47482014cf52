"""What a person does at one step, by the kind of the step: looks, changes, questions and pages, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import TypeVar

from engine.core.plan import PlanStep
from engine.kinds import codec
from engine.kinds.by_hand import written
from engine.kinds.counted import counted
from engine.kinds.matchers import Matcher
from engine.kinds.references import references
from engine.kinds.step import Step
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.decide import DecideStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.notify import NotifyStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.steps.undo import UndoStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.tries import readable
from engine.kinds.uses import CheckUse
from engine.views.authority import reached, who_decides, with_level
from engine.views.by_hand import Use, blanks, command, commands, expected, said
from engine.views.docs_page import Command, Doing, Note, Placeholder, Wanted
from engine.views.hand_loops import soak_loop
from engine.views.hand_plans import HandPlans
from engine.views.readings import RUN, asked, asks_network, meaning, readings

_UNTIL = {
    "all": "All must pass: any fail is a fail, else anything you cannot tell is unknown.",
    "any": "One pass is enough.",
    "first": "The first to end decides.",
}
_EVIDENT = ("status", "seconds", "text")
"""Facts that everybody sees in an answer; the others are explained."""

T = TypeVar("T", bound=Step)
U = TypeVar("U", bound=Use)


@dataclass(frozen=True, slots=True)
class Follower:
    """All that is needed to say what to do at a step."""

    hand: HandPlans
    anchors: Mapping[str, str]
    pages: Mapping[str, tuple[str, str]]
    """Title and relative address of every runbook that a step calls."""
    readings: Mapping[str, Mapping[str, str]]
    """How a person reads facts, by check of the catalogue."""
    first: Mapping[str, tuple[str, str]]
    """Where each of those checks stands first: step, and name in it."""
    network: str
    """The first decision that asks for our own network."""

    def opening(self, step: PlanStep) -> tuple[Note, ...]:
        """Return what to know before doing anything at this step."""
        match step.step:
            case AskStep() as ask:
                notes = [Note(label="Ask", text=said(ask.ask))]
                if ask.role:
                    notes.append(Note(label="Who answers", text=self.role(ask.role)))
                    notes += self.reach(ask.role)
            case WaitStep(wait=pause) if pause is not None:
                notes = [Note(label=f"Wait {pause}.")]
            case WaitStep() as wait:
                notes = [Note(label=_soak(wait))]
                if wait.recovery:
                    notes.append(Note(label="This proves recovery: before it has held, nothing is resolved."))
            case EscalateStep() as page:
                notes = [
                    Note(label=f"Page the {self.role(page.escalate)} now."),
                    *self.reach(page.escalate),
                    Note(label="Decision to ask for", text=said(page.decision)),
                    Note(label=f"Wait {page.within} for somebody to take it."),
                ]
            case NotifyStep() as tell:
                notes = [
                    Note(label=f"Tell {self.role(tell.notify)}", text=said(tell.text)),
                    *self.reach(tell.notify),
                ]
            case RunbookStep() as other:
                title, address = self.pages.get(other.runbook, (other.runbook, ""))
                notes = [Note(label="Follow the page", text=title, link=address)]
                given = [f"{name} is {expected(Matcher(value))}" for name, value in other.inputs.items()]
                notes += [Note(label="With", text=one) for one in given]
                notes.append(Note(label="Then come back here with how it ended."))
            case ParallelStep() as fork:
                notes = [Note(label=f"Do these at the same time. {_UNTIL[fork.until]}")]
            case UndoStep() as undo:
                what = (
                    "every change made so far"
                    if undo.undo == "all"
                    else f"the changes of {', '.join(undo.undo)}"
                )
                notes = [
                    Note(label=f"Take back {what}, the newest first, one at a time, and check each."),
                    Note(label="Each change says above how to take it back. Stop at the first that fails."),
                ]
            case ChecksStep() as several if len(several.checks) > 1:
                notes = [Note(label=f"Look at all of these. {_UNTIL['all']}")]
            case DecideStep():
                notes = [Note(label="Take the first row that holds. What you cannot tell does not hold.")]
                if asks_network(step) and step.path != self.network:
                    link = f"#{self.anchors[self.network]}"
                    notes.append(Note(label="The control probes stand at", text=self.network, link=link))
            case _:
                notes = []
        return tuple(notes)

    def doings(self, path: str) -> tuple[Doing, ...]:
        """Return every look and change of a step, with its command in each environment."""
        match self.hand.first.steps[path].step:
            case CheckStep():
                return (self.look("", self.each(path, CheckStep, lambda step: step.check), at=(path, "")),)
            case ChecksStep() as several:
                return tuple(
                    self.look(name, self.each(path, ChecksStep, _of_checks(name)), at=(path, name))
                    for name in several.checks
                )
            case DecideStep() if path == self.network:
                plans = self.hand.plans.items()
                return tuple(
                    self.look(name, {place: plan.controls[name] for place, plan in plans})
                    for name in self.hand.first.controls
                )
            case WaitStep() as wait:
                until = wait.until or {}
                each = {name: self.each(path, WaitStep, _of_wait(name)) for name in until}
                looks = tuple(
                    self.look(name if len(until) > 1 else "", uses, asked_again=False, at=(path, name))
                    for name, uses in each.items()
                )
                return (*looks, *self.loop(wait, each))
            case ActionStep() as action:
                return self.change(path, action)
            case _:
                return ()

    def look(
        self,
        name: str,
        uses: Mapping[str, CheckUse],
        asked_again: bool = True,
        at: tuple[str, str] | None = None,
    ) -> Doing:
        """Say how to look, what is expected, and how the answer is read; `at` is where on the page."""
        check = next(iter(uses.values()))
        expect = check.expected()
        notes = [*_parameters(check), Note(label=_patience(check, asked_again))]
        help_ = readable(check, command(check))
        if help_:
            notes.append(Note(label="To read the answer, a value a line", text=help_, code=True))
        if check.after:
            notes.insert(0, Note(label="Look only after", text=check.after))
        if check.hint:
            notes.append(Note(label="A fail usually means", text=said(check.hint), prose=True))
        if check.weak:
            notes.append(Note(label="A pass is weak evidence", text=said(check.weak)))
        if check.look:
            notes.append(
                Note(
                    label="Or look yourself",
                    text=said(check.look.question),
                    link=self.hand.address(check.look.link),
                )
            )
            if check.look.command and written(check.look.command) != command(check):
                notes.append(Note(label="Or type", text=written(check.look.command), code=True))
        told = self.readings.get(check.name, check.look.facts if check.look else {})
        first = self.first.get(check.name, at)
        if told and first and first != at:
            notes.append(
                Note(
                    label="How the answer is read stands at", text=first[0], link=f"#{self.anchors[first[0]]}"
                )
            )
        if at:
            notes += self.to_note(at, check, {*expect, *told})
        if check.link and (check.look is None or check.look.link != check.link):
            notes.append(
                Note(
                    label="See",
                    text=check.title or check.name or "dashboard",
                    link=self.hand.address(check.link),
                )
            )
        if check.sensitive:
            notes.append(Note(label="The answer holds data of customers: keep it out of chats and tickets."))
        return Doing(
            name=name,
            title=said(check.title) or check.name,
            commands=commands(uses),
            wanted=tuple(
                Wanted(
                    subject=said(key),
                    text=expected(one),
                    meaning="" if key in _EVIDENT else meaning(check, key),
                )
                for key, one in expect.items()
            ),
            readings=readings(told) if first == at else (),
            notes=tuple(notes),
            placeholders=self.filled(uses),
        )

    def loop(self, wait: WaitStep, each: Mapping[str, Mapping[str, CheckUse]]) -> tuple[Doing, ...]:
        """Return the whole soak as one loop to paste, by environment, as few as there are different ones."""
        if not each:
            return ()
        found: dict[str, list[str]] = {}
        for place in next(iter(each.values())):
            looks = {name: (uses[place], command(uses[place])) for name, uses in each.items()}
            found.setdefault(soak_loop(wait, looks), []).append(place)
        alike = len(found) == 1
        loops = (
            Command(text=text, environments=() if alike else tuple(places)) for text, places in found.items()
        )
        return (
            Doing(title="Or all of it as a loop to paste; it ends with held or limit", commands=tuple(loops)),
        )

    def change(self, path: str, step: ActionStep) -> tuple[Doing, ...]:
        """Say how to make a change, who decides it, and how to take it back."""
        uses = self.each(path, ActionStep, lambda one: one.action)
        action = step.action
        notes = [
            Note(label="Effect", text=action.effect),
            Note(label="Target", text=said(action.kind.target())),
        ]
        if action.operation:
            notes.append(Note(label="Operation", text=action.operation))
        notes += who_decides(self.hand.plans, uses)
        if step.for_each is not None:
            items = [step.for_each] if isinstance(step.for_each, str) else step.for_each
            listed = said(", ".join(items))
            notes.append(
                Note(label="Once for each of these, one at a time; stop at the first that fails", text=listed)
            )
        notes.append(Note(label=f"Give it {action.timeout}."))
        if action.repeatable:
            notes.append(Note(label="It may be repeated without harm."))
        elif action.reconcile is None:
            notes.append(
                Note(label="Not sure whether it happened? Find out first. Never repeat it on a guess.")
            )
        if action.irreversible:
            notes.append(Note(label="Cannot be undone", text=said(action.irreversible)))
        elif action.undo is None and action.effect != "read":
            notes.append(Note(label="No way back is known."))
        made = [
            Doing(
                title=said(action.title),
                commands=commands(uses),
                notes=tuple(notes),
                placeholders=self.filled(uses, step),
            )
        ]
        if action.reconcile is not None:
            looks = self.each(path, ActionStep, lambda one: _there(one.action.reconcile))
            made.append(self.within(looks, "Not sure whether it happened? It has, if this passes"))
        if step.watch is not None:
            looks = self.each(path, ActionStep, lambda one: _there(one.watch))
            label = f"Before, then every {step.watch_every}. Make no further change unless this passes"
            made.append(self.within(looks, label))
        if action.undo is not None:
            undo, undos = action.undo, self.each(path, ActionStep, lambda one: _there(one.action.undo))
            back = (Note(label=f"Give it {undo.timeout}."),)
            label = f"To take it back: {said(undo.title)}" if undo.title else "To take it back"
            made.append(
                Doing(title=label, commands=commands(undos), notes=back, placeholders=self.filled(undos))
            )
            if undo.verify is not None:
                looks = self.each(path, ActionStep, lambda one: _there(_there(one.action.undo).verify))
                made.append(self.within(looks, "It is taken back, if this passes"))
        return tuple(made)

    def within(self, uses: Mapping[str, CheckUse], label: str) -> Doing:
        """Say a check that belongs to a change: only how to look, and what is expected."""
        look = self.look("", uses)
        return Doing(title=label, commands=look.commands, wanted=look.wanted, placeholders=look.placeholders)

    def to_note(self, at: tuple[str, str], check: CheckUse, said_already: Set[str]) -> Iterator[Note]:
        """Yield the facts that a later decision asks for and nothing else at this look speaks of."""
        prefix = ".".join(part for part in at if part) + "."
        wanted = sorted(path for path in asked(self.hand.first.steps.values()) if path.startswith(prefix))
        for fact in (path.removeprefix(prefix) for path in wanted):
            words = meaning(check, fact)
            if words and fact not in said_already and fact not in _EVIDENT:
                yield Note(label=f"Note the fact {fact}", text=words, prose=True)

    def reach(self, name: str) -> tuple[Note, ...]:
        """Say how a role is reached when the engine is off."""
        return reached(self.hand.first.roles, name)

    def role(self, name: str) -> str:
        """Return a role with its level."""
        return with_level(self.hand.first.roles, name)

    def each(self, path: str, kind: type[T], part: Callable[[T], U]) -> Mapping[str, U]:
        """Return one part of a step in every environment."""
        found = {}
        for environment, plan in self.hand.plans.items():
            step = plan.steps[path].step if path in plan.steps else None
            if isinstance(step, kind):
                found[environment] = part(step)
        return found

    def filled(self, uses: Mapping[str, Use], action: ActionStep | None = None) -> tuple[Placeholder, ...]:
        """Explain what has to be filled in before typing; all environments have the same blanks."""
        use = next(iter(uses.values()))
        listed = action.for_each if action and action.for_each is not None else ()
        wanted = [one.data for one in use.expect.values()] if isinstance(use, CheckUse) else []
        judged = [name for name in references(codec.plain(use.kind)) if name.startswith("run.")]
        names = [*blanks(use), *references(wanted), *references(listed), *judged]
        return tuple(self.explain(name) for name in dict.fromkeys(names) if not name.startswith("secrets."))

    def explain(self, name: str) -> Placeholder:
        """Say where to read a value that is only known during the incident."""
        head, _, rest = name.partition(".")
        if head == "each":
            return Placeholder(name=name, where="the one whose turn it is")
        if head == "run":
            return Placeholder(name=name, where=RUN.get(rest, "a value of this run"))
        if head == "inputs":
            return Placeholder(name=name, where="given to you when you were sent here")
        if head in self.anchors:
            step = self.hand.first.steps[head].step
            return Placeholder(name=name, where=_fact(step, rest), anchor=self.anchors[head], step=head)
        return Placeholder(name=name, where="a value that is only known during the incident")


def _of_checks(name: str) -> Callable[[ChecksStep], CheckUse]:
    return lambda step: step.checks[name]


def _of_wait(name: str) -> Callable[[WaitStep], CheckUse]:
    return lambda step: (step.until or {})[name]


def _there(value: U | None) -> U:
    """Return what a plan of another environment has too: only the values in it differ."""
    if value is None:
        raise ValueError("the environments' plans differ in their parts")
    return value


def _patience(check: CheckUse, asked_again: bool) -> str:
    """Say how long to wait for an answer, and what none means."""
    answer = check.no_answer or check.kind.no_answer
    again = ""
    if asked_again and check.retry.times:
        again = f", and try {'once' if check.retry.times == 1 else f'{check.retry.times} times'} more"
    return f"Give it {check.timeout}{again}; no answer counts as {answer}."


_IN_THE_COMMAND = ("kind", "read_only_because", "server", "sql", "text")
"""What a kind's command holds, in the shell's quotes or in other words."""


def _parameters(check: CheckUse) -> list[Note]:
    """Return what the kind judges by and its command does not hold, such as the names that must be there."""
    typed, plain = command(check), codec.plain(check.kind)
    fields = plain.items() if isinstance(plain, Mapping) else ()
    found = {
        key: ", ".join(map(str, value)) if isinstance(value, list) else value
        for key, value in fields
        if key not in (*_IN_THE_COMMAND, *(("mcp",) if check.by_hand else ()))
    }
    return [
        Note(label=f"Here {key} is", text=said(value))
        for key, value in found.items()
        if isinstance(value, str) and said(value) not in typed
    ]


def _fact(step: Step, rest: str) -> str:
    """Say what a fact is, in the words of the check kind that exposes it."""
    check, fact = None, rest
    if isinstance(step, CheckStep):
        check = step.check
    elif isinstance(step, ChecksStep | WaitStep):
        several = step.checks if isinstance(step, ChecksStep) else step.until or {}
        name, _, fact = rest.partition(".")
        check = several.get(name)
    if check is None:
        return "what it found"
    names = check.kind.fact_names
    parts = fact.split(".")
    for count in range(len(parts), 0, -1):
        known, inner = ".".join(parts[:count]), ".".join(parts[count:])
        if known in names:
            return f"{inner} of {known}, the {names[known]}" if inner else names[known]
    return fact or "its answer"


def _soak(wait: WaitStep) -> str:
    soak = wait.soak
    if soak.passes <= 1 and not soak.lasting:
        return f"Look every {soak.every} until it passes. Give up after {wait.limit}."
    lasting = f" over at least {soak.lasting}" if soak.lasting else ""
    return (
        f"Look every {soak.every} until it has passed {counted(soak.passes, 'time')} in a row{lasting}. "
        f"A fail, or one you cannot tell, starts the count afresh. Give up after {wait.limit}."
    )
