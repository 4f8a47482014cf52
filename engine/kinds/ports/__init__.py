"""What the kinds may ask of the outside: protocols, and the frozen data that crosses them.

A kind never imports a client library: it is handed a `World`. The live world opens sockets, the
in-process world of a drill asks pure stand-ins; a kind cannot tell which.
"""

from __future__ import annotations

from typing import Protocol

from engine.kinds.ports.clock import Clock
from engine.kinds.ports.commands import CommandReply, CommandRequest, Commands, Output
from engine.kinds.ports.dns import Dns, DnsReply, DnsRequest
from engine.kinds.ports.faults import CannotLook, NoAnswer, NoAnswerReason
from engine.kinds.ports.files import FileReply, Files
from engine.kinds.ports.http import Http, HttpReply, HttpRequest, Timing
from engine.kinds.ports.mcp import Mcp, McpCall, McpFault, McpReply
from engine.kinds.ports.proofs import CodeRequest, OneTimeCode, Proofs, Signature
from engine.kinds.ports.runs import OtherRun, Runs
from engine.kinds.ports.sql import Sql, SqlFault, SqlReply, SqlRequest
from engine.kinds.ports.tcp import Tcp
from engine.kinds.ports.tell import Acknowledgement, Message, Tell
from engine.kinds.ports.tls import Certificate, Tls, TlsReply, TlsRequest


class World(Protocol):
    """Everything outside, one capability each."""

    @property
    def http(self) -> Http: ...
    @property
    def tcp(self) -> Tcp: ...
    @property
    def tls(self) -> Tls: ...
    @property
    def dns(self) -> Dns: ...
    @property
    def sql(self) -> Sql: ...
    @property
    def commands(self) -> Commands: ...
    @property
    def files(self) -> Files: ...
    @property
    def mcp(self) -> Mcp: ...
    @property
    def tell(self) -> Tell: ...
    @property
    def proofs(self) -> Proofs: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def clock(self) -> Clock: ...


__all__ = [
    "Acknowledgement",
    "CannotLook",
    "Certificate",
    "Clock",
    "CodeRequest",
    "CommandReply",
    "CommandRequest",
    "Commands",
    "Dns",
    "DnsReply",
    "DnsRequest",
    "FileReply",
    "Files",
    "Http",
    "HttpReply",
    "HttpRequest",
    "Mcp",
    "McpCall",
    "McpFault",
    "McpReply",
    "Message",
    "NoAnswer",
    "NoAnswerReason",
    "OneTimeCode",
    "OtherRun",
    "Output",
    "Proofs",
    "Runs",
    "Signature",
    "Sql",
    "SqlFault",
    "SqlReply",
    "SqlRequest",
    "Tcp",
    "Tell",
    "Timing",
    "Tls",
    "TlsReply",
    "TlsRequest",
    "World",
]
