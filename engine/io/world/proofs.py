"""Proofs of identity: SSH signatures and one-time codes."""

from __future__ import annotations

from engine.kinds.ports import CannotLook, CodeRequest, OneTimeCode, Proofs, Signature, Tell


class LocalProofs(Proofs):
    """Verifies with ssh-keygen, and makes codes."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell

    async def verify(self, proof: Signature | OneTimeCode) -> str:
        """Return why the proof does not hold, empty when it does; raises CannotLook."""
        raise CannotLook("no proofs")

    async def send_code(self, request: CodeRequest) -> str:
        """Make a code, send it, return its seal; raises NoAnswer or CannotLook."""
        raise CannotLook("no codes")
