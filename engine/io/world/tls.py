"""TLS hand-shakes."""

from __future__ import annotations

from engine.kinds.ports import CannotLook, Tls, TlsReply, TlsRequest


class SocketTls(Tls):
    """Shakes hands and hangs up."""

    async def handshake(self, request: TlsRequest) -> TlsReply:
        """Return what the server showed; raises NoAnswer or CannotLook."""
        raise CannotLook("no TLS")
