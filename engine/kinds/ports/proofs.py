"""Proof that an approver is who they say: a signature over a digest, or a one-time code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Signature:
    """An SSH signature (`ssh-keygen -Y sign -n runbook-approval`) over the text of a digest."""

    signer: str
    keys: tuple[str, ...]
    """The public keys the catalogue knows for the signer."""
    digest: str
    signature: str
    timeout: float = 10.0


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """A code that was read back, and what is kept of the one that was sent."""

    signer: str
    sealed: str
    code: str
    timeout: float = 10.0


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """A code to be made and sent to an approver's own device; only its seal comes back."""

    signer: str
    channel: str
    dedup_key: str
    title: str
    body: str
    timeout: float = 10.0


class Proofs(Protocol):
    """Proofs of identity."""

    async def verify(self, proof: Signature | OneTimeCode) -> str:
        """Return why the proof does not hold, empty when it does; raises CannotLook."""
        ...

    async def send_code(self, request: CodeRequest) -> str:
        """Make a code, send it to the device, return its seal; raises NoAnswer or CannotLook."""
        ...
