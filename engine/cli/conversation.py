"""What the keys of a terminal mean, moment by moment; knows no terminal and no event loop.

Rules:
1. Enter alone never changes anything: an empty line gives up what was being typed. Of several facts it leaves
   out the one that was asked for; where all are left out, nothing is recorded.
2. A key answers the question it was pressed at: what arrives before the question was there for half a
   second, or several keys at once, is ignored and said to be.
3. Whatever a person says is recorded by `say`, which tells why it does not count where it does not.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.cli.line_editor import LineEditor
from engine.cli.standing import is_internal
from engine.core.events import (
    Answered,
    Event,
    HandedOver,
    Jumped,
    Noted,
    Person,
    Prompted,
    SeveritySet,
    Skipped,
    TimerFired,
    TimerStopped,
)
from engine.core.plan import Plan
from engine.core.state import RunState
from engine.kinds.step import Option
from engine.kinds.values import Instant, Json
from engine.render.keys import ALWAYS, AT_PROMPT, STOP, fixed_keys, is_asked, key_line, option_keys
from engine.render.row import Row
from engine.views.clocks import Clock

SEEN_SECONDS = 0.5


class Desk(Protocol):
    """What the conversation is held at: the run, the screen, and the way out."""

    def state(self) -> RunState:
        """Return the newest state."""
        ...

    def now(self) -> Instant:
        """Return the time."""
        ...

    def say(self, event: Event, by: Person) -> str:
        """Record what a person says; return why it does not count, or an empty text."""
        ...

    def show(self, rows: Sequence[Row]) -> None:
        """Append rows to the screen."""
        ...

    def status_text(self) -> str:
        """Return the status update to copy."""
        ...

    def clocks(self) -> Sequence[Clock]:
        """Return what will happen by itself, the next first."""
        ...

    def quit(self) -> None:
        """Leave the run so that it can be resumed."""
        ...


@dataclass(slots=True)
class Conversation:
    """The keys of one person at one terminal."""

    desk: Desk
    me: Person
    notice: str = ""
    """The last thing to say about a key, for the footer."""
    _line: LineEditor | None = None
    _then: Callable[[str], None] | None = None
    _empty: str = ""
    """What an empty line means, where it does not give up what was being typed."""
    _menu: Mapping[str, tuple[str, Callable[[], None]]] = field(default_factory=dict)
    _shown: dict[str, Instant] = field(default_factory=dict)
    _turned: int = 0

    def open_prompts(self) -> tuple[Prompted, ...]:
        """Return the open questions, oldest first."""
        return tuple(one.prompted for one in self.desk.state().prompts.values() if one.given is None)

    def active(self) -> Prompted | None:
        """Return the question that option keys answer."""
        known = self.open_prompts()
        return known[self._turned % len(known)] if known else None

    def shown(self, prompt: str) -> None:
        """Note that a question has just come onto the screen."""
        self._shown[prompt] = self.desk.now()

    def key(self, letter: str) -> str:
        """Return the key under which a fixed one works now: the options of a question choose first."""
        return self._fixed().get(letter, letter)

    def footer(self, width: int) -> tuple[str, ...]:
        """Return the lines that say what can be pressed now."""
        notice = (f" {self.notice}",) if self.notice else ()
        if self._line is not None:
            empty = f", an empty line {self._empty}" if self._empty else ""
            return (*notice, self._line.shown(width), f" Enter sends it{empty}, Esc gives it up")
        if self._menu:
            return (
                *notice,
                *(f" [{key}] {words}" for key, (words, _) in self._menu.items()),
                " any other key: back",
            )
        active = self.active()
        asked = tuple(f" {line}" for line in self._prompt_keys(active, width)) if active else ()
        more = len(self.open_prompts()) - 1
        if more > 0:
            asked = (*asked, f" {more} more question{'s' * (more > 1)}: [tab] next")
        stop = next((one for one in self.desk.clocks() if one.announced), None)
        if stop:
            asked = (*asked, f" PAGE    {stop.text} at {stop.at.clock()}: [{self.key(STOP)}] stop it")
        always = " ".join(f"[{self.key(key)}] {words}" for key, words in ALWAYS.items())
        if len(always) + 2 > width:
            always = " ".join(f"[{self.key(key)}] {words.split()[0]}" for key, words in ALWAYS.items())
        return (*notice, *asked, f" {always}")

    def press(self, typed: str) -> None:
        """Take what was typed."""
        self.notice = ""
        if self._line is not None:
            self._type(typed)
        elif len(typed) > 1:
            self.notice = "several keys at once were ignored: press one"
        elif self._menu:
            menu, self._menu = self._menu, {}
            if typed in menu:
                menu[typed][1]()
        elif typed and not self._command(typed):
            self._option(typed)

    def _type(self, typed: str) -> None:
        line, then = self._line, self._then
        outcome = line.type(typed) if line else "cancelled"
        if not outcome or line is None or then is None:
            return
        empty, self._line, self._then, self._empty = self._empty, None, None, ""
        text = " ".join(line.text.split())
        if outcome == "done" and (text or empty):
            then(text)
        else:
            self.notice = "nothing was recorded"

    def _ask(self, question: str, then: Callable[[str], None], empty: str = "") -> None:
        self._line, self._then, self._empty = LineEditor(question), then, empty

    # --- answers -------------------------------------------------------------------------------------

    def _prompt_keys(self, active: Prompted, width: int) -> tuple[str, ...]:
        options = {key: option.label for key, option in self._options(active).items()}
        fixed = self._fixed()
        others = {fixed[key]: AT_PROMPT[key] for key in "mh?" if key in fixed}
        other = {fixed["o"]: AT_PROMPT["o"]}
        line = key_line({**options, **other, **others})
        if len(line) + 1 <= width:
            return (line,)
        return (
            *(f"[{key}] {label}" for key, label in options.items()),
            key_line({**other, **others}),
        )

    def _options(self, active: Prompted) -> Mapping[str, Option]:
        """Return the keys of a question; the operator cannot approve what they ask for themselves."""
        kept = [one for one in active.options if not (active.kind == "approve" and one.key == "yes")]
        return option_keys(kept, active.kind)

    def _fixed(self) -> Mapping[str, str]:
        """Return the key of every fixed one beside the options of the open question."""
        active = self.active()
        return fixed_keys(active.kind if active else "", self._options(active) if active else ())

    def _option(self, key: str) -> None:
        active = self.active()
        option = self._options(active).get(key) if active else None
        if active is None or option is None:
            if key not in "\r\n\x1b":
                self.notice = f"[{key}] means nothing here: [?] shows all keys" if key.isprintable() else ""
            return
        if self.desk.now() - self._shown.get(active.prompt, self.desk.now()) < SEEN_SECONDS:
            self.notice = "that key came before the question could be read: press it again"
            return
        if active.kind == "look" and option.key == "seen":
            self._look(active)
        elif not active.decides_change:
            self._answer(active, option, "")
        elif option.key == "hand":
            self._ask("what did you do", lambda text: self._answer(active, option, text))
        elif option.key == "break-glass":
            self._ask("why without an approval", lambda text: self._answer(active, option, text))
        elif option.key == "no":
            self._ask("why not (or later)", lambda text: self._answer(active, option, text))
        else:
            self._answer(active, option, "")

    def _look(self, active: Prompted) -> None:
        """Show how every fact is read, in full, then ask for one after another."""
        asked = {
            name.removeprefix("fact:"): text
            for name, text in active.detail.items()
            if name.startswith("fact:")
        }
        self.desk.show(tuple(Row(name=name, text=text, place="under") for name, text in asked.items()))
        self._facts(active, list(asked), 0, {})

    def _facts(self, active: Prompted, asked: Sequence[str], at: int, found: Mapping[str, Json]) -> None:
        """Ask for the fact at a place, then for the others, and answer with those that could be told."""
        if at == len(asked):
            if found or not asked:
                self._say(
                    Answered(prompt=active.prompt, choice="seen", values=dict(found), digest=active.digest)
                )
            else:
                self.notice = "nothing was recorded"
            return
        name = asked[at]

        def told(text: str) -> None:
            self._facts(active, asked, at + 1, {**found, name: scalar(text)} if text else found)

        self._ask(f"{name} ({at + 1} of {len(asked)})", told, empty="leaves it out: I cannot tell")

    def _answer(self, active: Prompted, option: Option, reason: str) -> None:
        self._say(Answered(prompt=active.prompt, choice=option.key, reason=reason, digest=active.digest))

    def _say(self, event: Event) -> None:
        problem = self.desk.say(event, self.me)
        if problem:
            self.desk.show((Row("NOT TAKEN", problem, tone="bad"),))

    # --- at any time -----------------------------------------------------------------------------------

    def _command(self, key: str) -> bool:
        """Do what a key of its own means; say whether it has one."""
        letter = next((own for own, pressed in self._fixed().items() if pressed == key), "")
        meaning = {
            "a": lambda: self._ask("note", lambda text: self._say(Noted(text=text))),
            "p": self._page_now,
            "s": self._severity,
            "w": self._hand_over,
            "c": lambda: self.desk.show((Row("STATUS", "copy from here"), *_plain(self.desk.status_text()))),
            "k": self._skip,
            "j": self._jump,
            "q": self.desk.quit,
            "x": self._stop_page,
            "o": self._others,
            "m": self._by_hand,
            "h": self._commands,
            "?": self._help,
        }.get(letter, self._next if key == "\t" else None)
        if meaning is None or (letter in ("m", "o") and self.active() is None):
            return False
        meaning()
        return True

    def _here(self) -> str:
        """Return the step a deviation is about: that of the question, else the innermost current one."""
        active = self.active()
        if active is not None:
            return active.step
        current = [visit.step for visit in self.desk.state().visits.values() if not visit.end]
        return current[-1] if current else ""

    def _skip(self) -> None:
        step = self._here()
        self._ask(f"why skip {step} (or later)", lambda text: self._say(Skipped(step=step, reason=text)))

    def _jump(self) -> None:
        step, plan = self._here(), self._plan()
        scope = plan.steps[step].scope if step in plan.steps else ""
        known = {
            one.name: one.title
            for one in plan.steps.values()
            if one.scope == scope and one.path != step and not is_internal(one.name)
        }
        self.desk.show(tuple(Row(name=name, text=title, place="under") for name, title in known.items()))

        def chosen(target: str) -> None:
            if target not in known:
                self.notice = f"there is no step '{target}' here"
                return
            self._ask(
                f"why jump to {target} (or later)",
                lambda why: self._say(Jumped(step=step, target=target, reason=why)),
            )

        self._ask(f"jump from {step} to", chosen)

    def _severity(self) -> None:
        known = list(self._plan().severities)
        now = self.desk.state().severity
        if not known:
            self.notice = "the catalogue has no severities"
            return

        def choose(level: str) -> Callable[[], None]:
            lower = now in known and known.index(level) > known.index(now)
            question = f"why lower it to {level}" if lower else f"why {level} (or later)"
            return lambda: self._ask(question, lambda why: self._say(SeveritySet(severity=level, why=why)))

        self._menu = {
            str(n): (f"{level}{' (now)' if level == now else ''}", choose(level))
            for n, level in enumerate(known[:9], 1)
        }

    def _page_now(self) -> None:
        state, plan = self.desk.state(), self._plan()
        level = plan.severities.get(state.severity)
        roles = (
            [rung.role for rung in level.ladder if f"ladder:{rung.role}" not in state.timers] if level else []
        )
        if not roles:
            self.notice = "nobody is left on the ladder of this severity: [s] raises it"
            return

        def page(role: str) -> Callable[[], None]:
            return lambda: self._say(TimerFired(timer="ladder", key=role, due=self.desk.now()))

        self._menu = {str(n): (f"page the {role} now", page(role)) for n, role in enumerate(roles[:9], 1)}

    def _stop_page(self) -> None:
        due = next((one for one in self.desk.clocks() if one.kind == "page"), None)
        if due is None:
            self.notice = "no page is due"
            return
        role = due.key.partition(":")[2]
        self._ask(
            f"why stop the page to the {role} (or later)",
            lambda why: self._say(TimerStopped(timer="ladder", key=role, reason=why)),
        )

    def _hand_over(self) -> None:
        def chosen(text: str) -> None:
            name, _, role = text.partition(":")
            to = Person(name=name.strip(), role=role.strip(), identity="claimed")
            self._ask(f"what must {to.name} know", lambda why: self._say(HandedOver(to=to, reason=why)))

        self._ask("hand over to NAME:ROLE", chosen)

    def _by_hand(self) -> None:
        self._ask(
            "what did you do by hand (the command)", lambda text: self._say(Noted(text="", command=text))
        )

    def _next(self) -> None:
        self._turned += 1
        active = self.active()
        if active is not None:
            self.shown(active.prompt)
            self.desk.show((Row("QUESTION", active.text, tone="call"),))

    def _others(self) -> None:
        active = self.active()
        if active is None:
            return
        rows = [
            Row(name=f"[{key}]", text=option.label, place="under")
            for key, option in self._options(active).items()
        ]
        fixed = self._fixed()
        more = {
            "m": "say what you did by hand",
            "k": "skip this step, with a reason",
            "j": "go to another step, with a reason",
        }
        rows += [
            Row(name=f"[{fixed[key]}]", text=words, place="under")
            for key, words in more.items()
            if key in fixed
        ]
        run = self._plan().run
        if is_asked(active.kind):
            rows.append(Row(name="by hand", text=f"runbook did --run {run} -- COMMAND", place="under"))
        rows.append(Row(name="abort", text=f"runbook abort {run}, from another terminal", place="under"))
        self.desk.show(tuple(rows))

    def _commands(self) -> None:
        active, state = self.active(), self.desk.state()
        found = list(active.changes) if active else []
        if active and active.detail.get("command"):
            found.append(active.detail["command"])
        found = found or [one.asked.command for one in state.operations.values() if one.asked.command]
        self.desk.show(
            tuple(Row(text=line, place="raw") for one in found for line in one.split("\n"))
            or (Row(text="there is no command here"),)
        )

    def _help(self) -> None:
        fixed = self._fixed()
        every = {
            **{fixed[key]: words for key, words in {**AT_PROMPT, **ALWAYS}.items() if key in fixed},
            fixed[STOP]: "stop the next automatic page",
            "tab": "next question",
            "ctrl-c": "leave, resumable",
        }
        self.desk.show(tuple(Row(name=f"[{key}]", text=words, place="under") for key, words in every.items()))

    def _plan(self) -> Plan:
        plan = self.desk.state().plan
        if plan is None:
            raise ValueError("a conversation begins after `started`")
        return plan


def scalar(text: str) -> Json:
    """Read an answer as a JSON scalar where it is one, else as text."""
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(value, float) and not math.isfinite(value):
        return text
    return value if isinstance(value, bool | int | float) or value is None else text


def _plain(text: str) -> tuple[Row, ...]:
    return tuple(Row(text=line, place="raw") for line in text.splitlines())
