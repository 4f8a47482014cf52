"""The performer that asks the kinds, through a world: for real runs, drills and virtual time alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from engine.core.events import Asked, Ended
from engine.core.moves import Perform
from engine.core.records import Evidence, EvidenceRef
from engine.io.redaction import Redactor
from engine.kinds.errors import StorageError
from engine.kinds.ports import CannotLook, McpFault, Message, NoAnswer, SqlFault, World
from engine.kinds.uses import ActionUse, CheckUse, judge
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

    async def perform(self, move: Perform) -> Ended:
        """Carry out one move; a fault of a kind itself is an unknown, never the end of the run."""
        try:
            match move.use:
                case CheckUse():
                    return await self._check(move.asked, move.use)
                case ActionUse():
                    return await self._action(move.asked, move.use)
                case Message():
                    return await self._message(move.asked, move.use)
        except Exception as error:  # whatever a kind does, the run goes on
            why = self.redactor.text(f"a fault of the engine itself: {type(error).__name__}: {error}")
            outcome = "undelivered" if move.asked.what == "message" else "unknown"
            return Ended(operation=move.asked.operation, outcome=outcome, why=why, cannot=why)

    async def _check(self, asked: Asked, use: CheckUse) -> Ended:
        observation = await self._observe(use)
        verdict = judge(use, observation)
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
            facts=self._facts(verdict.facts, use.sensitive),
            no_answer=observation.no_answer,
            cannot=self.redactor.text(observation.cannot),
            evidence=self._store(asked, observation.body, observation.media),
        )

    async def _observe(self, use: CheckUse) -> Observation:
        try:
            return await use.kind.observe(self.world, use.timeout)
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
            done = await use.kind.perform(self.world, use.timeout)
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
        return Ended(
            operation=asked.operation,
            outcome=done.outcome,
            why=self.redactor.text(done.summary),
            seconds=round(done.seconds, 4),
            facts=self._facts(done.facts, False),
            evidence=self._store(asked, done.body, done.media),
        )

    async def _message(self, asked: Asked, message: Message) -> Ended:
        try:
            receipt = await self.world.tell.send(message)
        except NoAnswer as none:
            why = self.redactor.text(f"{message.channel}: {none.detail}")
            return Ended(operation=asked.operation, outcome="undelivered", why=why, no_answer=none.reason)
        except CannotLook as cannot:
            why = self.redactor.text(str(cannot))
            return Ended(operation=asked.operation, outcome="undelivered", why=why, cannot=why)
        why = self.redactor.text(f"delivered by {message.channel}: {receipt}")
        return Ended(operation=asked.operation, outcome="delivered", why=why)

    def _store(self, asked: Asked, body: bytes, media: str) -> tuple[EvidenceRef, ...]:
        if not body:
            return ()
        try:
            return (self.evidence.put(asked.operation, body, media),)
        except StorageError:
            return ()  # the outcome counts for more; if the disk is full the journal will say so and stop

    def _facts(self, facts: Mapping[str, Json], sensitive: bool) -> Mapping[str, Json]:
        kept: dict[str, Json] = {}
        for name, value in facts.items():
            if sensitive and name in ("text", "json"):
                continue
            clean = self.redactor.data(value)
            if len(json.dumps(clean, ensure_ascii=False).encode()) <= FACT_BYTES:
                kept[name] = clean
        return kept


def _summary(observation: Observation, why: str, answer: str) -> str:
    if answer == "pass":
        return observation.summary or why
    if observation.summary and why and observation.summary != why:
        return f"{observation.summary} ({why})"
    return why or observation.summary
