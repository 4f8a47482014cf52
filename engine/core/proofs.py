"""The proof that stands behind an answer: what was signed, or which code was sent."""

from __future__ import annotations

from engine.core.events import Prompted
from engine.core.run_state import RunState
from engine.kinds.ports.proofs import OneTimeCode, Signature


def proof_of(
    state: RunState, prompted: Prompted, signer: str, strength: str, proof: str
) -> Signature | OneTimeCode | None:
    """Return what is to be verified, or None for a claim."""
    if state.plan is None or strength not in ("proved", "relayed"):
        return None
    if strength == "proved":
        person = state.plan.people.get(signer)
        text = signed_text(prompted.prompt, prompted.digest)
        return Signature(signer, person.keys if person else (), text, proof)
    item = code_item(prompted.item, signer)
    sent = [
        op.ended
        for op in state.operations.values()
        if (op.asked.step, op.asked.item) == (prompted.step, item) and op.ended is not None
    ]
    return OneTimeCode(signer, str(sent[-1].facts.get("seal", "")) if sent else "", proof)


def code_item(item: str, name: str) -> str:
    """Return the item under which the code for one question and one person was sent."""
    return f"code.{item}.{name}"


def signed_text(prompt: str, digest: str) -> str:
    """Return the text an approver signs: the digest, and the question it answers once."""
    return f"runbook-approval {prompt} {digest}\n"
