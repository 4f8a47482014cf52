"""What a run tells people: messages of its steps and its ladder, and those of its own.

Rules:
1. The journal is the outbox (core/outbox.py): a message is intended, tried and recorded like any operation.
2. Every try of one message, on whatever channel, has one dedup key: that of its escalation point, or of the
   incident that the run has joined, where the channel is PagerDuty.
3. The run's own messages (start and end, status updates, the incident behind a page) never hold a run up:
   at the end they have two tries, then it is over.
4. Whatever is composed here holds facts of the plan and the run, nothing that a target answered; the author's
   text may refer to facts, which are data from there on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Protocol, cast

from engine.core import notices
from engine.core.asking import operation_name
from engine.core.binding import digest_of
from engine.core.events import Asked
from engine.core.lookup import lookup_in
from engine.core.memo import Memo
from engine.core.moves import Move, Perform, WakeAt
from engine.core.operations import items_of
from engine.core.outbox import PATIENCE, Prospect, chain, dedup_key, prospect
from engine.core.plan import LONGEST_KEY, Plan
from engine.core.run_state import ANNOUNCE, INCIDENT, LADDER, UPDATES, Operation, RunState
from engine.kinds.frozen import quick
from engine.kinds.ports import Acknowledgement, Message
from engine.kinds.ports.tell import Action
from engine.kinds.references import Unresolved, resolve
from engine.kinds.step import Result
from engine.kinds.values import Duration, Instant, Json
from engine.model.catalogue import Rung

LAST_TRIES = 2
"""Of each message at the end of a run."""
OVER = ("resolved", "false-alarm")
"""The ends at which an incident that was opened is over as well."""
_BEFORE_TWO = 3
"""Tries of a message by decision version 1."""


class Pursuit(Protocol):
    """What a message needs of the turn that takes it further."""

    @property
    def state(self) -> RunState: ...
    @property
    def plan(self) -> Plan: ...
    @property
    def now(self) -> Instant: ...
    @property
    def in_flight(self) -> Set[str]: ...

    def missing(self, operation: Operation) -> Iterator[Move]:
        """Record what the engine lost."""
        ...

    def attempt(
        self,
        tries: Sequence[Operation],
        ask: Callable[[int], Perform],
        step: str,
        visit: int,
        item: str,
        impossible: str,
    ) -> Iterator[Move]:
        """Ask, or ask again when it is time."""
        ...


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One message to bring about, whatever channels and tries it takes."""

    step: str
    item: str
    to: str
    """A role, or a channel."""
    text: str
    visit: int = 1
    scope: str | None = None
    """Where references of the author's text are looked up; None: the text was composed here."""
    action: Action = "trigger"
    key: str = ""
    """The incident it is about; empty: its own."""
    within: Duration | None = None
    times: int = 0


def tell(turn: Pursuit, telling: Telling) -> Iterator[Move]:
    """Take a message further: its first try, the next one when it is due, or nothing once it is settled."""
    tries = tries_of(turn.state, telling.step, telling.visit, telling.item)
    away = [one for one in tries if one.ended is None and one.asked.operation not in turn.in_flight]
    if away:
        for one in away:
            yield from turn.missing(one)
        return
    known = prospect_of(turn.plan, tries) if tries else Prospect(channel=_channel(turn.plan, telling.to))
    if known.outcome or not known.channel:
        return
    if known.due is not None and turn.now < known.due:
        yield WakeAt(known.due, own=telling.within is not None)
        return
    yield asked_message(turn.state, telling, known.channel, len(tries) + 1, turn.now)


def tries_of(state: RunState, step: str, visit: int, item: str) -> tuple[Operation, ...]:
    """Return the tries of one message, in order."""
    tries = items_of(state, step, visit).get(item, ())
    return tries if tries and tries[0].asked.what == "message" else ()


def prospect_of(plan: Plan, tries: tuple[Operation, ...]) -> Prospect:
    """Return what becomes of a message that was asked for: it follows from its tries and the plan alone."""
    return _PROSPECTS.of(lambda: _prospect(plan, tries), plan, tries)


_PROSPECTS: Memo[Prospect] = Memo()


def _prospect(plan: Plan, tries: Sequence[Operation]) -> Prospect:
    first = tries[0].asked
    if plan.decision < 2:
        return prospect(tries, (first.target,), plan.time_scale, times=_BEFORE_TWO)
    within = first.within or (None if first.step.startswith("!") else PATIENCE)
    channels = chain(plan.channels, first.target) if action_of(first) == "trigger" else (first.target,)
    return prospect(tries, channels, plan.time_scale, within, first.retries + 1 if first.retries else 0)


def told(plan: Plan, tries: tuple[Operation, ...]) -> Result | None:
    """Return how a message of a step ended, None while it may still get through."""
    known = prospect_of(plan, tries)
    last = known.last
    if not known.outcome or last is None or last.ended is None or last.ended_at is None:
        return None
    facts: Mapping[str, Json] = {"channel": last.asked.target}
    return Result(
        known.outcome, last.ended.why, facts, tries[0].asked_at, last.ended_at, last.asked.operation
    )


def asked_message(state: RunState, telling: Telling, channel: str, attempt: int, now: Instant) -> Perform:
    """Return the move that makes one try."""
    plan = cast(Plan, state.plan)
    step, visit, item, text = telling.step, telling.visit, telling.item, telling.text
    key = telling.key or _key(plan, telling)
    if telling.scope is not None:
        with contextlib.suppress(Unresolved):  # a message with a gap is better than none
            text = str(resolve(text, lookup_in(state, telling.scope)))
    title = f"{state.severity or 'incident'} {plan.runbook} {plan.run} ({plan.environment})"
    message = Message(channel, key, title, text, state.severity, action=telling.action)
    args: dict[str, Json] = {"to": telling.to, "channel": channel, "text": text, "dedup_key": key}
    if telling.action != "trigger":
        args |= {"action": telling.action, "by": state.operator.name}
    return Perform(
        Asked(
            operation=operation_name(step, visit, item, attempt),
            step=step,
            item=item,
            what="message",
            title=f"tell {telling.to}" if telling.action == "trigger" else f"{telling.action} {key}",
            target=channel,
            args=args,
            digest=digest_of(args),
            due=now.after(message.timeout),
            visit=visit,
            attempt=attempt,
            pause=Duration(5.0),
            retries=max(telling.times - 1, 0),
            within=telling.within,
        ),
        message,
    )


def page(turn: Pursuit, rung: Rung) -> Iterator[Move]:
    """Page a rung of the ladder whose timer has fired, until it is delivered or the run ends."""
    if not _goes_on(turn, LADDER, rung.role):
        return
    title, severity = turn.plan.title, turn.state.severity
    text = f"{title}. Paged by the ladder of {severity}, {rung.after} after the alert."
    yield from tell(turn, Telling(step=LADDER, item=rung.role, to=rung.role, text=text))


def own_messages(turn: Pursuit) -> Iterator[Move]:
    """Return what the run tells by itself while it goes on: its start, the joined incident, its updates."""
    state, guards = turn.state, turn.plan.guards
    if guards.announce and _goes_on(turn, ANNOUNCE, "start"):
        yield from tell(turn, _announcement("start", guards.announce, notices.beginning(state)))
    if turn.plan.incident:
        channel = incident_channel(turn.plan, state.operator.role)
        text = f"taken up by {state.operator.name}"
        taken = Telling(step=INCIDENT, item="acknowledge", to=channel, text=text, action="acknowledge")
        if channel:
            yield from tell(turn, _about(taken, turn.plan.incident))
    if guards.updates and state.updates and _goes_on(turn, UPDATES, str(state.updates)):
        text = notices.update(state, turn.now)
        update = Telling(step=UPDATES, item=str(state.updates), to=guards.updates, text=text, within=PATIENCE)
        yield from tell(turn, update)


def _goes_on(turn: Pursuit, step: str, item: str) -> bool:
    """Say whether a message still wants something: composing it takes longer than to see that it does not."""
    tries = tries_of(turn.state, step, 1, item)
    if not tries or not prospect_of(turn.plan, tries).outcome:
        return True
    return any(one.ended is None for one in tries)  # one that was lost is recorded though another got through


def last_messages(turn: Pursuit, end: str) -> Iterator[Move]:
    """Return what the run tells before it is over: incidents that are over too, and how it ended."""
    guards = turn.plan.guards
    opened = [(key, channel) for key, channels in turn.state.triggered.items() for channel in channels]
    over_too = end in OVER and turn.plan.decision >= 2
    for number, (key, channel) in enumerate(opened if over_too else (), 1):
        text = f"{turn.plan.run} ended {end}"
        over = Telling(step=INCIDENT, item=f"resolve.{number}", to=channel, text=text, action="resolve")
        yield from tell(turn, _about(over, key))
    if guards.announce:
        text = notices.ending(turn.state, end, turn.now)
        yield from tell(turn, _announcement("end", guards.announce, text, LAST_TRIES))


def listen(turn: Pursuit, step: str, visit: int, item: str, of: str, role: str) -> Iterator[Move]:
    """Look every ten seconds whether somebody has acknowledged a page, where its channel can tell."""
    pages = tries_of(turn.state, step, visit, of)
    known = prospect_of(turn.plan, pages).last if pages else None
    if known is None or not can_tell(turn.plan, known.asked.target):
        return
    since = known.asked_at if turn.plan.incident else None
    looks = items_of(turn.state, step, visit).get(item, ())
    ask = Acknowledgement(known.asked.target, dedup_key(known.asked), since)

    def look(attempt: int) -> Perform:
        args: Json = {"channel": ask.channel, "dedup_key": ask.dedup_key, "role": role}
        asked = Asked(
            operation=operation_name(step, visit, item, attempt), step=step, item=item,
            what="acknowledgement", title=f"has the page to {role} been acknowledged?", target=ask.channel,
            args=args, digest=digest_of(args), due=turn.now.after(ask.timeout), visit=visit, attempt=attempt,
        )  # fmt: skip
        return Perform(asked, ask)

    yield from turn.attempt(looks, look, step, visit, item, "unknown")


def can_tell(plan: Plan, channel: str) -> bool:
    """Say whether a channel can tell who acknowledged."""
    known = plan.channels.get(channel)
    return known is not None and known.type == "pagerduty" and bool(known.api_url)


def incident_channel(plan: Plan, role: str) -> str:
    """Return the channel to join an incident by: the role's own where that is PagerDuty, else the first."""
    own = plan.roles[role].channel if role in plan.roles else ""
    known = [name for name, channel in plan.channels.items() if channel.type == "pagerduty"]
    return own if own in known else next(iter(known), "")


def action_of(asked: Asked) -> str:
    """Return what a message means for the incident behind its key."""
    args = asked.args if isinstance(asked.args, Mapping) else {}
    return str(args.get("action", "trigger"))


def _key(plan: Plan, telling: Telling) -> str:
    known = plan.channels.get(_channel(plan, telling.to))
    if plan.incident and known is not None and known.type == "pagerduty":
        return plan.incident
    key = f"{plan.run}/{operation_name(telling.step, telling.visit, telling.item, 0).rpartition('@')[0]}"
    if len(key) <= LONGEST_KEY:
        return key
    mark = digest_of(key)[:32]  # cut alone, two deep steps would share a key
    return f"{key[: LONGEST_KEY - len(mark) - 1]}#{mark}"


def _channel(plan: Plan, to: str) -> str:
    role = plan.roles.get(to)
    return role.channel if role and role.channel else to


def _announcement(item: str, to: str, text: str, times: int = 0) -> Telling:
    within = None if times else PATIENCE
    return Telling(step=ANNOUNCE, item=item, to=to, text=text, times=times, within=within)


def _about(telling: Telling, incident: str) -> Telling:
    return replace(telling, key=incident, times=LAST_TRIES)
