"""Holding an approver's proof against what is known, at their own terminal, before it is sent.

The run holds it once more and records what came of it: this look only spares an approver the belief that they
have approved something.
"""

from __future__ import annotations

import asyncio
import os

from engine.core.events import Prompted
from engine.core.proofs import proof_of
from engine.core.run_state import RunState
from engine.io.world.proofs import LocalProofs
from engine.kinds.ports import CannotLook, Message


def problem_with_proof(state: RunState, prompted: Prompted, signer: str, strength: str, proof: str) -> str:
    """Return why a proof does not hold, empty when it does, or when there is none to hold."""
    found = proof_of(state, prompted, signer, strength, proof)
    if found is None:
        return ""
    try:
        return asyncio.run(LocalProofs(_Nobody(), os.urandom).verify(found))
    except CannotLook as cannot:
        return str(cannot)


class _Nobody:
    """Channels that nobody uses here: a proof is only verified."""

    async def send(self, message: Message) -> str:
        """Raise CannotLook."""
        raise CannotLook("nothing is sent from here")

    async def acknowledged(self, channel: str, dedup_key: str, timeout: float, since: object = None) -> str:
        """Raise CannotLook."""
        raise CannotLook("nothing is seen from here")
