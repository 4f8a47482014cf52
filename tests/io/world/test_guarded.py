"""What policy lets a run reach: lists, drills, and places that nobody reaches."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.io.world.guard import Guard, places
from engine.io.world.guarded import GuardedWorld
from engine.io.world.http.socket_http import SocketHttp
from engine.io.world.secrets import Secrets
from engine.io.world.sql.socket_sql import fill_database
from engine.kinds.ports import (
    CannotLook,
    CommandRequest,
    DnsRequest,
    HttpRequest,
    McpCall,
    Message,
    SqlRequest,
    TlsRequest,
    World,
)
from engine.kinds.uses import Effect
from engine.model.catalogue import Channel, McpServer
from engine.model.guards import Access, CommandRule
from tests.io.world.conftest import Serve
from tests.kinds.fakes import FakeWorld, http_reply

REFUSED = "refused by policy: "
SECRETS = Secrets(
    {
        "PG_URL": "postgresql://occ:hunter2-hunter2@db.internal.example:6543/postgres",
        "PASSWORD": "p@ss/w:rd#1 2",
        "HOOK": "https://hooks.example/T0/hunter2-hunter2",
    }
)
LISTED = Access(hosts=("api.example", "*.fly.dev", "db.internal.example:6543", "[::1]:8080", "127.0.0.1"))
SERVERS = {
    "fly": McpServer(url="http://127.0.0.1:8080/mcp"),
    "far": McpServer(url="https://mcp.elsewhere.example/mcp"),
    "local": McpServer(command=("npx", "-y", "server-x")),
}
CHANNELS = {
    "page": Channel(type="pagerduty", url="https://events.pagerduty.com/v2/enqueue"),
    "hook": Channel(type="webhook", url="${secrets.HOOK}"),
    "mail": Channel(type="email", url="mailto://mail.example/?to=a@b.example"),
    "stand-in": Channel(type="webhook", url="http://127.0.0.1:4711/hook"),
}
SANDBOX = places(("http://127.0.0.1:4711", "http://localhost:4712/mcp", "postgresql://u:p@127.0.0.1:4713/x"))


def guard(access: Access = LISTED, only: frozenset[tuple[str, int]] | None = None, root: str = "/w") -> Guard:
    """Return a guard over the servers and channels above."""
    return Guard(
        access,
        Path(root),
        SECRETS.fill_url,
        SERVERS,
        CHANNELS,
        only,
        lambda dsn: fill_database(SECRETS, dsn),
    )


def asked(of: Guard, ask: Callable[[World], Awaitable[object]], effect: Effect = "read") -> str:
    """Return why an operation was refused, empty where the world behind was asked."""
    fake = FakeWorld()

    async def look() -> str:
        try:
            await ask(GuardedWorld(fake, of, effect))
        except CannotLook as refused:
            assert str(refused).startswith(REFUSED)
            return str(refused).removeprefix(REFUSED)
        except IndexError:
            return ""  # the fake has no reply: it was asked
        raise AssertionError("the fake answered")

    why = asyncio.run(look())
    sent = [*fake.requests, *fake.dials, *fake.handshakes, *fake.names, *fake.statements]
    sent += [*fake.started, *fake.paths, *fake.calls, *fake.messages]
    assert (not why) == bool(sent)
    return why


def get(url: str) -> Callable[[World], Awaitable[object]]:
    """Return a request to an address."""
    return lambda world: world.http.send(HttpRequest(url))


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example/health",
        "https://API.example./health",
        "https://user:pw@api.example:8443/x",
        "https://hotdash.fly.dev/health",
        "http://[::1]:8080/",
        "http://127.0.0.1:9/",
        "http://0x7f.1/",
        "http://2130706433/",
        "http://localhost:9/",
        "http://LocalHost./",
        "${secrets.HOOK}",
    ],
)
def test_a_listed_host_is_asked_in_any_spelling(url: str) -> None:
    """And an address by which people are reached is no target: it needs no entry."""
    assert "" == asked(guard(), get(url))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST."])
def test_this_machine_is_one_place_whatever_it_is_called(host: str) -> None:
    """On the list, and as an address by which people are reached."""
    assert "" == guard(Access(hosts=("localhost:4700",))).host(host, 4700)
    assert "" == guard(Access(hosts=("api.example",))).host(host, 4711)  # the stand-in of a channel
    assert "is not on the list" in guard(Access(hosts=("localhost:4700",))).host(host, 4701)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://evil.example/", "evil.example"),
        ("http://api.example.evil.example/", "api.example.evil.example"),
        ("http://xapi.example/", "xapi.example"),
        ("http://fly.dev/", "fly.dev"),
        ("http://evilfly.dev/", "evilfly.dev"),
        ("http://api.example@evil.example/", "evil.example"),
        ("http://evil.example#@api.example/", "evil.example"),
        ("http://evil.example?@api.example/", "evil.example"),
        ("http://[::1]:8081/", "::1"),
        ("http://[::2]:8080/", "::2"),
        ("https://db.internal.example/", "db.internal.example"),
    ],
)
def test_a_host_that_is_not_listed_is_refused(url: str, host: str) -> None:
    """Whatever stands around it."""
    assert f"host {host} is not on the list (guards.access.hosts)" == asked(guard(), get(url))


METADATA = [
    "169.254.169.254", "169.254.170.2", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "0xA9.0xFE.43518",
    "１６９.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]", "[fe80::1]", "169.254.169.254.",
]  # fmt: skip


@pytest.mark.parametrize("access", [Access(), Access(hosts=("*", "169.254.169.254"))], ids=["empty", "all"])
@pytest.mark.parametrize("host", METADATA)
def test_metadata_addresses_are_never_asked(access: Access, host: str) -> None:
    """No list lets them in, no spelling hides them."""
    why = asked(guard(access), get(f"http://{host}/latest/meta-data/"))
    assert why.endswith("is a link-local or cloud metadata address, which is never asked")


def test_an_empty_list_limits_no_host() -> None:
    """A runbook of twelve lines runs without a policy."""
    assert "" == asked(guard(Access()), get("https://anything.example/"))
    assert "" == asked(guard(Access()), lambda world: world.tcp.dial("db1", 5432, 1.0))


EVERY_PORT: dict[str, tuple[Callable[[World], Awaitable[object]], str]] = {
    "tcp": (lambda w: w.tcp.dial("db1.example", 5432, 1.0), "host db1.example is not on the list"),
    "tls": (lambda w: w.tls.handshake(TlsRequest("db1.example")), "host db1.example is not on the list"),
    "dns": (lambda w: w.dns.resolve(DnsRequest("a.example", server="9.9.9.9:53")), "host 9.9.9.9 is not"),
    "sql": (
        lambda w: w.sql.run(SqlRequest("postgresql://u@db2.example/x", "select 1")),
        "host db2.example is not on the list",
    ),
    "sql by option": (
        lambda w: w.sql.run(SqlRequest("postgresql://u@api.example/x?host=db2.example", "select 1")),
        "host db2.example is not on the list",
    ),
    "sql by socket": (
        lambda w: w.sql.run(SqlRequest("postgresql://u@/x?host=/var/run/postgresql", "select 1")),
        "host localhost is not on the list",
    ),
    "sqlite": (
        lambda w: w.sql.run(SqlRequest("sqlite:////etc/app.db", "select 1")),
        "/etc/app.db is outside the workspace",
    ),
    "mcp": (lambda w: w.mcp.call(McpCall("far", "t", {})), "host mcp.elsewhere.example is not on the list"),
    "file": (lambda w: w.files.read("/etc/shadow", 10, 1.0), "/etc/shadow is outside the workspace"),
    "file above": (lambda w: w.files.read("../x", 10, 1.0), "../x is outside the workspace"),
}


@pytest.mark.parametrize("port", EVERY_PORT)
def test_every_port_is_guarded(port: str) -> None:
    """Not only HTTP leads out."""
    ask, why = EVERY_PORT[port]
    assert asked(guard(), ask).startswith(why)


def test_what_is_allowed_gets_through_every_port(tmp_path: Path) -> None:
    """The same ports, with what the lists name."""
    within = guard(root=str(tmp_path))
    assert "" == asked(within, lambda w: w.tcp.dial("api.example", 5432, 1.0))
    assert "" == asked(within, lambda w: w.tls.handshake(TlsRequest("x.fly.dev")))
    assert "" == asked(within, lambda w: w.dns.resolve(DnsRequest("evil.example", server="127.0.0.1:5353")))
    assert "" == asked(within, lambda w: w.dns.resolve(DnsRequest("evil.example")))
    assert "" == asked(within, lambda w: w.sql.run(SqlRequest("${secrets.PG_URL}", "select 1")))
    assert "" == asked(within, lambda w: w.sql.run(SqlRequest("sqlite:///app.db", "select 1")))
    whole = "postgresql://occ:${secrets.PASSWORD}@db.internal.example:6543/postgres"
    assert "" == asked(within, lambda w: w.sql.run(SqlRequest(whole, "select 1")))
    assert "" == asked(within, lambda w: w.mcp.call(McpCall("fly", "t", {})))
    assert "" == asked(within, lambda w: w.mcp.call(McpCall("local", "t", {})))
    assert "" == asked(within, lambda w: w.tell.send(Message("page", "k", "t", "b")))


def test_an_address_that_is_a_secret_is_not_quoted_in_a_refusal() -> None:
    """Its host is as much of a secret as the rest."""
    elsewhere = guard(Access(hosts=("api.example",)))
    why = asked(elsewhere, lambda w: w.sql.run(SqlRequest("${secrets.PG_URL}", "select 1")))
    assert "what PG_URL leads to is not on the list, or not in the sandbox" == why


def test_a_link_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    """`read` names what may be read besides the workspace."""
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "link").symlink_to("/etc/passwd")
    (tmp_path / "w" / "inside").write_text("x")
    within = guard(root=str(tmp_path / "w"))
    assert "link is outside the workspace (guards.access.read)" == asked(
        within, lambda w: w.files.read("link", 10, 1.0)
    )
    assert "" == asked(within, lambda w: w.files.read("inside", 10, 1.0))
    named = replace(within, access=Access(read=("/etc/passwd", "../other")))
    assert "" == asked(named, lambda w: w.files.read("link", 10, 1.0))
    assert "" == asked(named, lambda w: w.files.read("../other/x", 10, 1.0))
    assert "" != asked(named, lambda w: w.files.read("../otherwise", 10, 1.0))


RULES = Access(
    commands=(
        CommandRule(run="flyctl", sub=("status", "machine list"), effects=("read",)),
        CommandRule(run="flyctl", sub=("deploy",), effects=("change",)),
        CommandRule(run="./bin/check"),
    )
)


@pytest.mark.parametrize(
    ("argv", "effect", "why"),
    [
        (("flyctl", "status", "-a", "x"), "read", ""),
        (("flyctl", "machine", "list"), "read", ""),
        (("flyctl", "deploy"), "change", ""),
        (("./bin/check",), "destroy", ""),
        (("flyctl", "machine", "destroy"), "read", "'flyctl machine' is not on the list"),
        (("flyctl", "deploy"), "read", "'flyctl deploy' may not be used to read"),
        (("flyctl", "status"), "destroy", "'flyctl status' may not be used to destroy"),
        (("flyctl", "-a", "x", "status"), "read", "'flyctl -a' is not on the list"),
        (("flyctl",), "read", "'flyctl' is not on the list"),
        (("/tmp/flyctl", "status"), "read", "program /tmp/flyctl is not on the list"),
        (("check",), "read", "program check is not on the list"),
        (("rm", "-rf", "/"), "destroy", "program rm is not on the list"),
    ],
)
def test_a_program_is_judged_by_name_sub_command_and_effect(
    argv: tuple[str, ...], effect: Effect, why: str
) -> None:
    """Nothing else of the command line lets it in."""
    of = guard(RULES)
    found = asked(of, lambda world: world.commands.run(CommandRequest(argv)), effect)
    assert ((found == "") if not why else found.startswith(why)) is True


def test_a_line_for_the_shell_needs_a_word_of_its_own() -> None:
    """A list of programs says nothing about what a shell starts."""

    def line(world: World) -> Awaitable[object]:
        return world.commands.run(CommandRequest(("ps | wc -l",), shell=True))

    assert "no line for the shell is allowed (guards.access.shell)" == asked(guard(RULES), line)
    assert "no line for the shell is allowed (guards.access.shell)" == asked(guard(Access()), line)
    assert "" == asked(guard(Access(shell=True)), line)
    assert "a drill starts no shell" == asked(guard(Access(shell=True), SANDBOX), line)


IN_DRILL: dict[str, tuple[Callable[[World], Awaitable[object]], bool]] = {
    "stand-in": (get("http://127.0.0.1:4711/health"), True),
    "stand-in by name": (get("http://localhost:4711/health"), True),
    "stand-in's mcp": (lambda w: w.tcp.dial("127.0.0.1", 4712, 1.0), True),
    "stand-in's database": (lambda w: w.sql.run(SqlRequest("postgresql://u:p@127.0.0.1:4713/x", "s")), True),
    "another port": (get("http://127.0.0.1:4714/"), False),
    "listed host": (get("http://api.example/"), False),
    "real host": (get("https://api.machines.dev/v1"), False),
    "a secret's host": (get("${secrets.HOOK}"), False),
    "tcp": (lambda w: w.tcp.dial("api.example", 443, 1.0), False),
    "tls": (lambda w: w.tls.handshake(TlsRequest("api.example")), False),
    "dns": (lambda w: w.dns.resolve(DnsRequest("api.example")), False),
    "dns server": (lambda w: w.dns.resolve(DnsRequest("api.example", server="127.0.0.1")), False),
    "sql": (lambda w: w.sql.run(SqlRequest("${secrets.PG_URL}", "select 1")), False),
    "sql socket": (lambda w: w.sql.run(SqlRequest("postgresql://u@/x?host=/run", "select 1")), False),
    "mcp": (lambda w: w.mcp.call(McpCall("far", "t", {})), False),
    "mcp by stdio": (lambda w: w.mcp.call(McpCall("local", "t", {})), False),
    "command": (lambda w: w.commands.run(CommandRequest(("curl", "https://api.example"))), False),
    "page": (lambda w: w.tell.send(Message("page", "k", "t", "b")), False),
    "webhook": (lambda w: w.tell.send(Message("hook", "k", "t", "b")), False),
    "mail": (lambda w: w.tell.send(Message("mail", "k", "t", "b")), False),
    "stand-in's hook": (lambda w: w.tell.send(Message("stand-in", "k", "t", "b")), True),
    "acknowledgement": (lambda w: w.tell.acknowledged("page", "k", 1.0), False),
}


@pytest.mark.parametrize("what", IN_DRILL)
def test_a_drill_reaches_its_own_targets_and_nothing_else(what: str) -> None:
    """Whatever the lists say, in whichever way it leads out."""
    ask, reached = IN_DRILL[what]
    listed = replace(LISTED, hosts=("*",))
    assert reached == (asked(guard(listed, SANDBOX), ask) == "")


def test_a_drill_starts_only_listed_programs() -> None:
    """They run on this machine, and the team has said so."""
    status = CommandRequest(("flyctl", "status"))
    assert "" == asked(guard(RULES, SANDBOX), lambda w: w.commands.run(status))
    assert "" != asked(guard(RULES, SANDBOX), lambda w: w.commands.run(CommandRequest(("curl",))))


def test_a_redirect_out_of_the_sandbox_is_refused_before_it_is_followed(serve: Serve) -> None:
    """The guard is asked about every hop."""
    there: list[bytes] = []

    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there.append(await reader.readuntil(b"\r\n\r\n"))

    async def look() -> None:
        async with serve(elsewhere) as real:

            async def stand_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await reader.readuntil(b"\r\n\r\n")
                head = f"HTTP/1.1 302 Found\r\nLocation: {real}/secret\r\nContent-Length: 0\r\n\r\n"
                writer.write(head.encode())
                await writer.drain()

            async with serve(stand_in) as url:
                drill = guard(Access(), places((url,)))
                http = SocketHttp(Secrets({}), "1.2.3", allowed=drill.host)
                try:
                    with pytest.raises(
                        CannotLook, match="is not in the sandbox, and a drill reaches nothing"
                    ):
                        await http.send(HttpRequest(f"{url}/health", redirects=3))
                finally:
                    await http.close()

    asyncio.run(look())
    assert [] == there


def test_every_capability_of_a_world_has_its_guard() -> None:
    """One that is added must be decided about."""
    capabilities = {name for name in vars(World) if not name.startswith("_")}
    assert set() == {name for name in capabilities if not isinstance(vars(GuardedWorld).get(name), property)}


def test_a_reply_comes_through_as_it_is() -> None:
    """The guard only ever refuses."""
    reply = http_reply(503, b"down")
    fake = FakeWorld([reply])
    world = GuardedWorld(fake, guard())
    assert reply is asyncio.run(world.http.send(HttpRequest("http://api.example/")))
