"""What has no stand-in in virtual time: every such look says that it could not be made."""

from __future__ import annotations

from engine.kinds.ports import (
    CannotLook,
    CodeRequest,
    CommandReply,
    CommandRequest,
    DnsReply,
    DnsRequest,
    FileReply,
    OneTimeCode,
    OtherRun,
    Signature,
    TlsReply,
    TlsRequest,
)
from engine.kinds.values import Json


class NoTls:
    """No hand-shakes."""

    async def handshake(self, request: TlsRequest) -> TlsReply:
        """Raise CannotLook."""
        raise CannotLook("the stand-ins speak no TLS")


class NoDns:
    """No name service."""

    async def resolve(self, request: DnsRequest) -> DnsReply:
        """Raise CannotLook."""
        raise CannotLook("the stand-ins have no name service")


class NoCommands:
    """No programs."""

    async def run(self, request: CommandRequest) -> CommandReply:
        """Raise CannotLook."""
        raise CannotLook("no program is started in virtual time")


class NoFiles:
    """No files."""

    async def read(self, path: str, max_bytes: int, timeout: float) -> FileReply:
        """Raise CannotLook."""
        raise CannotLook("no file is read in virtual time")

    def yaml(self, body: bytes) -> Json:
        """Raise ValueError."""
        raise ValueError("no file is read in virtual time")


class ScriptedProofs:
    """Takes the scenario's word for who its people are."""

    async def verify(self, proof: Signature | OneTimeCode) -> str:
        """Return that it holds."""
        return ""

    async def send_code(self, request: CodeRequest) -> str:
        """Return a seal that any code fits."""
        return "scripted"


class NoRuns:
    """A drill is alone."""

    async def others(self) -> tuple[OtherRun, ...]:
        """Return none."""
        return ()
