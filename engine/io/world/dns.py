"""Name look-ups."""

from __future__ import annotations

from engine.kinds.ports import CannotLook, Dns, DnsReply, DnsRequest


class SocketDns(Dns):
    """Asks the name service."""

    async def resolve(self, request: DnsRequest) -> DnsReply:
        """Return the answer; raises NoAnswer or CannotLook."""
        raise CannotLook("no DNS")
