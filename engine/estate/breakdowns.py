"""How each fault of an app begins and ends at Fly: what has happened, and what the next boot does.

Every function is `begin(fly, fault, now) -> fly`. The past is lived through, not painted: a crash loop that
began eleven minutes ago has all its exits, log lines and restarts because the machine has had them.
"""

from __future__ import annotations

from dataclasses import replace

from engine.estate import chatwoot_breakdowns
from engine.estate.fault import Fault
from engine.estate.fly import App, Fly, Release, Secret, each_machine, with_app
from engine.estate.identifiers import digest, ulid
from engine.estate.machine import Ailment, ExitEvent, Machine, boot, exit_machine, settle
from engine.estate.wire import mapping

SCHEMA_ERROR = (
    "Error: Zod field at `shopify_find_orders/properties/email` uses `.optional()` without `.nullable()`"
    " which is not supported in strict mode"
)

_NEEDED_AT_BOOT = frozenset((("agent-service", "OPENAI_API_KEY"), ("chatwoot", "SECRET_KEY_BASE")))


def idle(fly: Fly, fault: Fault, now: float) -> Fly:
    """Every machine was stopped by auto-stop, cleanly; the next request wakes one."""
    at = now - fault.number("minutes_before", 10) * 60
    return each_machine(fly, fault.service, lambda m: exit_machine(m, ExitEvent(at, 0, requested_stop=True)))


def crash_loop(fly: Fly, fault: Fault, now: float) -> Fly:
    """A release with a tool schema error exits 1 a second after boot; another image heals it.

    With `log` the process says something else before it ends.
    """
    said = fault.text("log", "")
    log = (said,) if said else (SCHEMA_ERROR, "Node.js v20.18.0")
    ailment = Ailment(fault.id, "crash", 1, after=fault.number("after", 1.0), log=log)
    return _bad_release(fly, fault, now, ailment)


def single_crash(fly: Fly, fault: Fault, now: float) -> Fly:
    """The process exited 1 once and the machine stayed stopped; a start or restart heals it."""
    return _exit(fly, fault, ExitEvent(now, 1))


def killed(fly: Fly, fault: Fault, now: float) -> Fly:
    """The process was killed by a signal, not for memory: exit code 137, oom_killed false."""
    return _exit(fly, fault, ExitEvent(now, 137))


def oom(fly: Fly, fault: Fault, now: float) -> Fly:
    """Out of memory: exit code 137, oom_killed true; with `recurring: true` again after every boot."""
    if fault.params.get("recurring") is True:
        every = fault.number("every", 90.0)
        ailment = Ailment(fault.id, "crash", 137, True, every, cure=fault.heal or "never")
        fly = _ail(fly, fault, ailment)
        return _exit(fly, fault, ExitEvent(now, 137, oom_killed=True, restarting=True))
    return _exit(fly, fault, ExitEvent(now, 137, oom_killed=True))


def secret_lost(fly: Fly, fault: Fault, now: float) -> Fly:
    """A secret is gone and the machines were restarted without it; no restart helps.

    Without OPENAI_API_KEY the agent service exits at boot and its log names the variable; so does Chatwoot
    without SECRET_KEY_BASE.
    """
    app = fly.app(fault.service)
    if app is None:
        return fly
    name = fault.text("secret", "OPENAI_API_KEY")
    fly = with_app(fly, replace(app, secrets=tuple(s for s in app.secrets if s.name != name)))
    if (app.serves, name) in _NEEDED_AT_BOOT:
        line = f"Error: missing environment variable {name}: set it or pass an apiKey"
        ailment = Ailment(fault.id, "crash", 1, log=(line,), cure=fault.heal or "never")
        fly = _ail(fly, fault, ailment)
    return _relive(fly, fault, now, fault.number("minutes_before", 5))


def secret_set(fly: Fly, fault: Fault, now: float) -> Fly:
    """Somebody sets a new value for `secret` and deploys it: its digest changes, the machines restart."""
    app = fly.app(fault.service)
    if app is None:
        return fly
    name = fault.text("secret", "OPENAI_API_KEY")
    kept = tuple(secret for secret in app.secrets if secret.name != name)
    new = Secret(name, digest(app.name, name, fault.id)[:16])
    fly = with_app(fly, replace(app, secrets=(*kept, new)))

    def restarted(machine: Machine) -> Machine:
        if machine.up:
            machine = exit_machine(machine, ExitEvent(now, 0, requested_stop=True, restarting=True))
        return boot(machine, now, app.ailments)

    return each_machine(fly, app.name, restarted)


def no_machine(fly: Fly, fault: Fault, now: float) -> Fly:
    """There is no machine, or with `mode: host` the machines' host cannot be reached."""
    if fault.text("mode", "none") == "host":
        return each_machine(fly, fault.service, lambda m: replace(m, host_status="unreachable"))
    app = fly.app(fault.service)
    return with_app(fly, replace(app, machines=(), shelved=app.machines)) if app else fly


def llamaindex_hang(fly: Fly, fault: Fault, now: float) -> Fly:
    """The first query never ends and blocks the event loop; /health is green until then. A restart heals."""
    if fault.heal not in (None, "restart"):
        app = fly.app(fault.service)
        image = app.machines[0].image if app and app.machines and fault.heal == "update-image" else ""
        fly = _ail(fly, fault, Ailment(fault.id, "hang", image=image, cure=fault.heal))
    return each_machine(fly, fault.service, lambda m: replace(m, hung=m.up))


def llamaindex_missing_cli(fly: Fly, fault: Fault, now: float) -> Fly:
    """A release without the compiled programs: /health green, every query isError; an old image heals."""
    return _bad_release(fly, fault, now, Ailment(fault.id, "missing-cli"))


def llamaindex_uncited(fly: Fly, fault: Fault, now: float) -> Fly:
    """The index is old or empty: every question gets an answer, and it names no source."""
    return _ail(fly, fault, Ailment(fault.id, "uncited", cure=fault.heal or "never"))


def slow_release(fly: Fly, fault: Fault, now: float) -> Fly:
    """A release makes every page of the app `seconds` (1.5) slower, made up or live; an older image heals."""
    return _bad_release(fly, fault, now, Ailment(fault.id, "slow", after=fault.number("seconds", 1.5)))


def end(fly: Fly, fault: Fault, now: float) -> Fly:
    """Take a fault away again: the ailment goes, machines or secret return; what has stopped stays."""
    app = fly.app(fault.service)
    if app is None:
        return fly
    left = tuple(a for a in app.ailments if a.fault != fault.id)
    fly = with_app(fly, replace(app, ailments=left, machines=app.machines or app.shelved, shelved=()))
    if fault.kind in chatwoot_breakdowns.BEGINS:
        return chatwoot_breakdowns.end(fly, fault, now)
    if fault.kind == "llamaindex-hang":
        return each_machine(fly, fault.service, lambda m: replace(m, hung=False))
    if fault.kind == "no-machine":
        return each_machine(fly, fault.service, lambda m: replace(m, host_status="ok"))
    if fault.kind == "secret-lost":
        name = fault.text("secret", "OPENAI_API_KEY")
        back = Secret(name, digest(app.name, name)[:16])
        fly = with_app(fly, replace(app, ailments=left, secrets=(*app.secrets, back)))
        return each_machine(fly, app.name, lambda m: boot(m, now, left))  # setting a secret restarts
    return fly


def _bad_release(fly: Fly, fault: Fault, now: float, ailment: Ailment) -> Fly:
    app = fly.app(fault.service)
    if app is None:
        return fly
    minutes = fault.number("minutes_before", 11)
    version = app.releases[0].version + 1 if app.releases else 1
    image = f"registry.fly.io/{app.name}:deployment-{ulid(app.name, version)}"
    release = Release(version, image, now - minutes * 60)
    tied = image if fault.heal in (None, "update-image") else ""
    ailment = replace(ailment, image=tied, cure=fault.heal or "update-image")
    fly = with_app(fly, replace(app, releases=(release, *app.releases), ailments=(*app.ailments, ailment)))
    fly = each_machine(fly, app.name, lambda m: _deployed(m, image, version))
    return _relive(fly, fault, now, minutes)


def _deployed(machine: Machine, image: str, version: int) -> Machine:
    labels = {**mapping(machine.config.get("metadata")), "fly_release_version": str(version)}
    return replace(machine, config={**machine.config, "image": image, "metadata": labels})


def _relive(fly: Fly, fault: Fault, now: float, minutes: float) -> Fly:
    """Boot every machine some minutes ago and let it live until now, with a request now and then."""
    app = fly.app(fault.service)
    ailments = app.ailments if app else ()
    then = now - minutes * 60

    def live(machine: Machine) -> Machine:
        if machine.up:
            ended = ExitEvent(then, 0, requested_stop=True, restarting=True)
            machine = exit_machine(machine, ended)
        machine = boot(machine, then, ailments)
        machine = replace(machine, last_request=now if machine.crash is None else then)
        return settle(machine, ailments, now)

    return each_machine(fly, fault.service, live)


def _exit(fly: Fly, fault: Fault, exit_event: ExitEvent) -> Fly:
    which = fault.params.get("machine")  # an index; all machines when absent
    app = fly.app(fault.service)
    chosen = [m.id for m in app.machines] if app else []
    if isinstance(which, int) and which < len(chosen):
        chosen = [chosen[which]]
    return each_machine(fly, fault.service, lambda m: exit_machine(m, exit_event) if m.id in chosen else m)


def _ail(fly: Fly, fault: Fault, ailment: Ailment) -> Fly:
    app: App | None = fly.app(fault.service)
    return with_app(fly, replace(app, ailments=(*app.ailments, ailment))) if app else fly
