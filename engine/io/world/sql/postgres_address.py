"""A `postgresql://` address, read as libpq reads it, except for one default: away from this machine the
server's certificate and name are verified (`sslmode=verify-full`) unless the address says otherwise.

Rules. Nothing of an address is quoted in a failure but host, port and database. Only what stands in it is
used: no `~/.pgpass`, no `PG…` variable. Options of other programs in it (`pgbouncer=true`, `schema=…`) are
passed over.
"""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import parse_qsl, unquote, urlsplit

from engine.kinds.ports import CannotLook

SslMode = Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]
_HINT = "write postgresql://user@host:5432/database"


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """Where a database is, and who asks. `host` with a slash is the folder of a socket."""

    host: str
    port: int
    user: str
    database: str
    password: str | None = None
    sslmode: SslMode = "prefer"
    sslrootcert: str = ""
    sslcert: str = ""
    sslkey: str = ""
    options: str = ""

    def __repr__(self) -> str:
        return f"PostgresAddress({self})"

    def __str__(self) -> str:
        return self.host if self.host.startswith("/") else f"{self.host}:{self.port}"

    @classmethod
    def parse(cls, dsn: str) -> PostgresAddress:
        """Read an address; raises CannotLook."""
        try:
            parts = urlsplit(dsn)
            query = dict(parse_qsl(parts.query))
            host = query.get("host", "") or unquote(parts.hostname or "")
            port = int(query.get("port", "") or parts.port or 5432)
        except ValueError:
            raise CannotLook(f"the address of the database cannot be read: {_HINT}") from None
        if parts.scheme not in ("postgresql", "postgres"):
            raise CannotLook(f"that is no address of a database: {_HINT}, or sqlite:///file")
        user = query.get("user", "") or unquote(parts.username or "")
        database = query.get("dbname", "") or unquote(parts.path.removeprefix("/")) or user
        if "," in parts.netloc.rpartition("@")[2] or "," in host:
            raise CannotLook("the address names several hosts: name the one to look at")
        if not host or not user:
            raise CannotLook(f"the address of the database has no {'user' if host else 'host'}: {_HINT}")
        mode = query.get("sslmode", "") or ("prefer" if _here(host) else "verify-full")
        if mode not in get_args(SslMode):
            raise CannotLook(f"sslmode is one of {', '.join(get_args(SslMode))}")
        password = query.get("password") or (None if parts.password is None else unquote(parts.password))
        return cls(
            host,
            port,
            user,
            database,
            password,
            next(known for known in get_args(SslMode) if known == mode),
            query.get("sslrootcert", ""),
            query.get("sslcert", ""),
            query.get("sslkey", ""),
            query.get("options", ""),
        )

    def tls(self) -> ssl.SSLContext | str | Literal[False]:
        """Return what the driver takes for this mode; raises CannotLook where a file cannot be read."""
        if self.sslmode == "disable" or self.host.startswith("/"):
            return False
        if self.sslmode in ("allow", "prefer"):
            return self.sslmode
        root = "" if self.sslrootcert == "system" else self.sslrootcert
        try:
            # The system's authorities, where the address names none: libpq would look into ~/.postgresql.
            context = ssl.create_default_context(cafile=root or None)
            if self.sslcert:
                context.load_cert_chain(self.sslcert, self.sslkey or None)
        except (OSError, ssl.SSLError):
            raise CannotLook(f"a certificate file that the address of {self} names cannot be read") from None
        context.check_hostname = self.sslmode == "verify-full"
        if self.sslmode == "require" and not root:
            context.verify_mode = ssl.CERT_NONE  # as libpq: encrypted, to whoever answers
        return context


def _here(host: str) -> bool:
    if host.startswith("/") or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
