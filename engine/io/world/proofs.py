"""Proofs of identity: SSH signatures and one-time codes.

Rules:
1. A signature is held against the keys the catalogue knows for its signer, by `ssh-keygen -Y verify`, in the
   namespace `runbook-approval`: one made for anything else does not count.
2. A code is made here, goes to the approver's device and nowhere else; only its seal is kept (scrypt with a
   salt of its own). 50 random bits behind scrypt cannot be found out from the journal in the life of a run.
3. A code counts once: whoever asks verifies each question with its own seal.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.kinds.ports import CannotLook, CodeRequest, Message, OneTimeCode, Proofs, Signature, Tell

NAMESPACE: Final = "runbook-approval"
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
_READ_AS: Final = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V", "-": None, " ": None})
_COST: Final = {"n": 2**14, "r": 8, "p": 1}
_LONGEST = 20_000
"""Characters of a signature; real ones have a few hundred."""


@dataclass(frozen=True, slots=True)
class LocalProofs(Proofs):
    """Verifies with ssh-keygen, and makes codes; `random` returns so many random bytes."""

    tell: Tell
    random: Callable[[int], bytes]

    async def verify(self, proof: Signature | OneTimeCode) -> str:
        """Return why the proof does not hold, empty when it does; raises CannotLook."""
        if isinstance(proof, OneTimeCode):
            return await asyncio.to_thread(_code_problem, proof)
        if not proof.keys:
            return f"the catalogue has no key of {proof.signer}"
        if len(proof.signature) > _LONGEST:
            return "this is no signature"
        return await _signature_problem(proof)

    async def send_code(self, request: CodeRequest) -> str:
        """Make a code, send it, return its seal; raises NoAnswer or CannotLook."""
        code = "".join(_ALPHABET[byte % 32] for byte in self.random(10))
        salt = self.random(16)
        message = Message(
            request.channel,
            request.dedup_key,
            request.title,
            f"{request.body}\nCode: {code[:5]}-{code[5:]}",
            timeout=request.timeout,
        )
        await self.tell.send(message)
        return await asyncio.to_thread(_sealed, code, salt)


def _sealed(code: str, salt: bytes) -> str:
    plain = code.upper().translate(_READ_AS).encode("utf-8", "replace")
    digest = hashlib.scrypt(plain, salt=salt, dklen=32, **_COST)
    return f"scrypt:{base64.b64encode(salt).decode()}:{base64.b64encode(digest).decode()}"


def _code_problem(proof: OneTimeCode) -> str:
    parts = proof.sealed.split(":")
    if len(parts) != 3 or parts[0] != "scrypt":
        return f"no code was sent to {proof.signer}"
    seal = _sealed(proof.code[:64], base64.b64decode(parts[1]))
    return "" if hmac.compare_digest(seal, proof.sealed) else "the code is not the one that was sent"


async def _signature_problem(proof: Signature) -> str:
    """Ask ssh-keygen; principals are one word there, so every signer is `signer` in a list of their own."""
    with tempfile.TemporaryDirectory(prefix="runbook-proof-") as folder:
        signers, signature = Path(folder, "signers"), Path(folder, "signature")
        lines = "".join(f'signer namespaces="{NAMESPACE}" {_key(key)}\n' for key in proof.keys)
        signers.write_text(lines, encoding="utf-8")
        signature.write_text(proof.signature, encoding="utf-8")
        argv = ["ssh-keygen", "-Y", "verify", "-f", str(signers), "-I", "signer", "-n", NAMESPACE]
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                "-s",
                str(signature),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except FileNotFoundError:
            raise CannotLook("ssh-keygen is not installed: a signature cannot be verified here") from None
        try:
            async with asyncio.timeout(proof.timeout):
                await process.communicate(proof.digest.encode())
        except TimeoutError:
            process.kill()
            await process.wait()
            raise CannotLook("ssh-keygen gave no answer") from None
    return (
        "" if process.returncode == 0 else f"no key of {proof.signer} made this signature over this approval"
    )


def _key(key: str) -> str:
    """Return type and key of a public key, without its comment, in one line."""
    return " ".join(key.split()[:2])
