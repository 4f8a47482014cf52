"""The performer that asks the kinds, through a world: for real runs, drills and virtual time alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.core.events import Asked, Ended
from engine.core.moves import Perform
from engine.core.outbox import LONGEST_WAIT
from engine.core.records import Evidence, EvidenceRef
from engine.io.performers.sensitive import masked
from engine.io.redaction import Redactor, touched
from engine.io.world.guarded import Guard, GuardedWorld
from engine.kinds.errors import StorageError
from engine.kinds.ports import (
    Acknowledgement,
    CannotLook,
    CodeRequest,
    McpFault,
    Message,
    NoAnswer,
    OneTimeCode,
    Signature,
    SqlFault,
    World,
)
from engine.kinds.uses import ActionUse, CheckUse, Effect, judge
from engine.kinds.values import Json
from engine.kinds.verdicts import Observation, Seen

FACT_BYTES = 70_000
"""A fact larger than this stays in the evidence and is not usable in a condition."""

_REFUSED = frozenset({"refused", "dns"})
"""No connection was made: a change that met this has certainly not happened."""


@dataclass(frozen=True, slots=True)
class LivePerformer:
    """Performs through a world; everything is redacted here, before it is stored or recorded."""

    world: World
    evidence: Evidence
    redactor: Redactor
    guard: Guard | None = None
    """What may be reached; None: whatever the world reaches is meant (tests, the reference)."""

    async def perform(self, move: Perform) -> Ended:
        """Carry out one move; a fault of a kind itself is an unknown, never the end of the run."""
        try:
            match move.use:
                case CheckUse():
                    return await self._check(move.asked, move.use)
                case ActionUse():
                    return await self._action(move.asked, move.use)
                case Acknowledgement():
                    return await self._acknowledgement(move.asked, move.use)
                case Message():
                    return await self._message(move.asked, move.use)
                case Signature() | OneTimeCode():
                    return await self._proof(move.asked, move.use)
                case CodeRequest():
                    return await self._code(move.asked, move.use)
        except Exception as error:  # whatever a kind does, the run goes on
            why = self.redactor.text(f"a fault of the engine itself: {type(error).__name__}: {error}")
            outcome = "undelivered" if move.asked.what == "message" else "unknown"
            return Ended(operation=move.asked.operation, outcome=outcome, why=why, cannot=why)

    async def _check(self, asked: Asked, use: CheckUse) -> Ended:
        observation = await self._observe(use)
        verdict = judge(use, observation)
        if use.sensitive:
            verdict = masked(verdict, observation, use)
            observation = replace(observation, summary="")
        facts, redacted = self._facts(verdict.facts)
        seen = tuple(
            Seen(one.subject, self.redactor.text(one.expected), self.redactor.text(one.observed), one.answer)
            for one in verdict.seen
        )
        return Ended(
            operation=asked.operation,
            outcome=verdict.answer,
            why=self.redactor.text(_summary(observation, verdict.why, verdict.answer)),
            seconds=round(observation.seconds, 4),
            seen=seen,
            facts=facts,
            redacted=redacted,
            no_answer=observation.no_answer,
            cannot=self.redactor.text(observation.cannot),
            evidence=self._store(asked, observation.body, observation.media),
        )

    async def _observe(self, use: CheckUse) -> Observation:
        try:
            return await use.kind.observe(self._world("read"), use.timeout)
        except NoAnswer as none:
            return Observation(
                seconds=none.seconds,
                no_answer=none.reason,
                summary=f"no answer in {none.seconds:.1f}s: {none.detail}",
            )
        except CannotLook as cannot:
            return Observation(cannot=str(cannot))
        except McpFault as fault:
            return Observation(seconds=fault.seconds, cannot=f"protocol error {fault.code}: {fault.message}")
        except SqlFault as fault:
            why = f"the database refused: {fault.message} ({fault.code})"
            return Observation(seconds=fault.seconds, cannot=why)

    async def _action(self, asked: Asked, use: ActionUse) -> Ended:
        try:
            done = await use.kind.perform(self._world(use.effect), use.timeout)
        except NoAnswer as none:
            certain = none.reason in _REFUSED
            return Ended(
                operation=asked.operation,
                outcome="failed" if certain else "unknown",
                why=self.redactor.text(f"no answer in {none.seconds:.1f}s: {none.detail}"),
                seconds=round(none.seconds, 4),
                no_answer=none.reason,
            )
        except (CannotLook, McpFault, SqlFault) as cannot:
            why = self.redactor.text(str(cannot))
            return Ended(operation=asked.operation, outcome="failed", why=why, cannot=why)
        facts, redacted = self._facts(done.facts)
        return Ended(
            operation=asked.operation,
            outcome=done.outcome,
            why=self.redactor.text(done.summary),
            seconds=round(done.seconds, 4),
            facts=facts,
            redacted=redacted,
            evidence=self._store(asked, done.body, done.media),
        )

    async def _message(self, asked: Asked, message: Message) -> Ended:
        try:
            receipt = await self._world("change").tell.send(
                replace(
                    message, title=self.redactor.text(message.title), body=self.redactor.text(message.body)
                )
            )
        except NoAnswer as none:
            wait = None if none.retry_after is None else min(none.retry_after, LONGEST_WAIT)
            return Ended(
                operation=asked.operation,
                outcome="undelivered",
                why=self.redactor.text(f"{message.channel}: {none.detail}"),
                seconds=round(none.seconds, 4),
                no_answer=none.reason,
                retry_after=wait,
            )
        except CannotLook as cannot:
            why = self.redactor.text(str(cannot))
            return Ended(operation=asked.operation, outcome="undelivered", why=why, cannot=why)
        why = self.redactor.text(f"delivered by {message.channel}: {receipt}")
        return Ended(operation=asked.operation, outcome="delivered", why=why)

    async def _acknowledgement(self, asked: Asked, ask: Acknowledgement) -> Ended:
        try:
            who = await self._world("read").tell.acknowledged(
                ask.channel, ask.dedup_key, ask.timeout, ask.since
            )
        except NoAnswer as none:
            why = self.redactor.text(f"{ask.channel}: {none.detail}")
            return Ended(
                operation=asked.operation,
                outcome="unknown",
                why=why,
                no_answer=none.reason,
                retry_after=none.retry_after,
            )
        except CannotLook as cannot:
            why = self.redactor.text(str(cannot))
            return Ended(operation=asked.operation, outcome="unknown", why=why, cannot=why)
        if not who:
            return Ended(operation=asked.operation, outcome="open", why="nobody has acknowledged yet")
        name = self.redactor.text(who)
        why = f"{name} acknowledged it in {ask.channel}"
        return Ended(operation=asked.operation, outcome="acknowledged", why=why, facts={"by": name})

    async def _proof(self, asked: Asked, proof: Signature | OneTimeCode) -> Ended:
        try:
            problem = await self.world.proofs.verify(proof)
        except CannotLook as cannot:
            why = self.redactor.text(str(cannot))
            return Ended(operation=asked.operation, outcome="unknown", why=why, cannot=why)
        outcome = "fail" if problem else "pass"
        why = self.redactor.text(problem) if problem else f"{asked.title} holds"
        return Ended(operation=asked.operation, outcome=outcome, why=why)

    async def _code(self, asked: Asked, request: CodeRequest) -> Ended:
        try:
            seal = await self.world.proofs.send_code(request)
        except (NoAnswer, CannotLook) as trouble:
            why = self.redactor.text(str(trouble))
            return Ended(operation=asked.operation, outcome="unknown", why=why, cannot=why)
        why = f"a code was sent to {request.signer}"
        return Ended(operation=asked.operation, outcome="pass", why=why, facts={"seal": seal})

    def _world(self, effect: Effect) -> World:
        """Return what an operation with this effect may reach."""
        return self.world if self.guard is None else GuardedWorld(self.world, self.guard, effect)

    def _store(self, asked: Asked, body: bytes, media: str) -> tuple[EvidenceRef, ...]:
        if not body:
            return ()
        try:
            return (self.evidence.put(asked.operation, body, media),)
        except StorageError:
            return ()  # the outcome counts for more; if the disk is full the journal will say so and stop

    def _facts(self, facts: Mapping[str, Json]) -> tuple[Mapping[str, Json], tuple[str, ...]]:
        """Return the facts as they may be shown, and the paths that redaction touched."""
        kept: dict[str, Json] = {}
        paths: list[str] = []
        for name, value in facts.items():
            shown = self.redactor.text(name)
            clean = self.redactor.data(value)
            if len(json.dumps(clean, ensure_ascii=False).encode()) <= FACT_BYTES:
                kept[shown] = clean
                paths += [shown] if shown != name else touched(value, clean, name)
        if paths:  # a hash of what held a secret would be one of unredacted bytes
            kept = {name: value for name, value in kept.items() if not name.endswith("_sha256")}
        return kept, tuple(paths)


def _summary(observation: Observation, why: str, answer: str) -> str:
    if answer == "pass":
        return observation.summary or why
    if observation.summary and why and observation.summary != why:
        return f"{observation.summary} ({why})"
    return why or observation.summary
