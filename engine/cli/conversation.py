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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.cli.desk import Desk
from engine.cli.entry import Entry
from engine.cli.remarks import Remarks
from engine.core.events import Answered, Event, Person, Prompted
from engine.kinds.counted import counted
from engine.kinds.step import Option
from engine.kinds.values import Instant, Json
from engine.render.keys import ALWAYS, AT_PROMPT, STOP, fixed_keys, is_asked, key_line, option_keys
from engine.render.offered import LATER, offered
from engine.render.row import Row

SEEN_SECONDS = 0.5


@dataclass(slots=True)
class Conversation:
    """The keys of one person at one terminal."""

    desk: Desk
    me: Person
    said: str = ""
    """Who was named with `--as`: lines that are offered here name them too."""
    _entry: Entry = field(default_factory=Entry)
    _shown: dict[str, Instant] = field(default_factory=dict)
    _turned: int = 0

    @property
    def notice(self) -> str:
        """Return the last thing to say about a key."""
        return self._entry.notice

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
        entered = self._entry.lines(width)
        if entered:
            return (*notice, *entered)
        active = self.active()
        asked = tuple(f" {line}" for line in self._prompt_keys(active, width)) if active else ()
        more = len(self.open_prompts()) - 1
        if more > 0:
            asked = (*asked, f" {counted(more, 'more question')}: [tab] next")
        stop = next((one for one in self.desk.clocks() if one.announced), None)
        if stop:
            asked = (*asked, f" PAGE    {stop.text} at {stop.at.clock()}: [{self.key(STOP)}] stop it")
        always = " ".join(f"[{self.key(key)}] {words}" for key, words in ALWAYS.items())
        if len(always) + 2 > width:
            always = " ".join(f"[{self.key(key)}] {words.split()[0]}" for key, words in ALWAYS.items())
        return (*notice, *asked, f" {always}")

    def press(self, typed: str) -> None:
        """Take what was typed."""
        entry = self._entry
        entry.notice = ""
        if entry.typing:
            entry.type(typed)
        elif len(typed) > 1:
            entry.notice = "several keys at once were ignored: press one"
        elif entry.choosing:
            entry.choose(typed)
        elif typed and not self._command(typed):
            self._option(typed)

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
                self._entry.notice = (
                    f"[{key}] means nothing here: [?] shows all keys" if key.isprintable() else ""
                )
            return
        if self.desk.now() - self._shown.get(active.prompt, self.desk.now()) < SEEN_SECONDS:
            self._entry.notice = "that key came before the question could be read: press it again"
            return
        if active.kind == "look" and option.key == "seen":
            self._look(active)
        elif not active.decides_change:
            self._answer(active, option, "")
        elif option.key == "hand":
            self._entry.ask("what did you do", lambda text: self._answer(active, option, text))
        elif option.key == "break-glass":
            self._entry.ask("why without an approval", lambda text: self._answer(active, option, text))
        elif option.key == "no":
            self._entry.ask("why not (or later)", lambda text: self._answer(active, option, text))
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
                self._entry.notice = "nothing was recorded"
            return
        name = asked[at]

        def told(text: str) -> None:
            self._facts(active, asked, at + 1, {**found, name: scalar(text)} if text else found)

        self._entry.ask(f"{name} ({at + 1} of {len(asked)})", told, empty="leaves it out: I cannot tell")

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
        remarks = Remarks(self.desk, self._entry, self._say)
        meaning = {
            "a": remarks.note,
            "p": remarks.page_now,
            "s": remarks.severity,
            "w": remarks.hand_over,
            "c": remarks.status,
            "k": lambda: remarks.skip(self.active()),
            "j": lambda: remarks.jump(self.active()),
            "q": self.desk.quit,
            "x": remarks.stop_page,
            "o": self._others,
            "m": remarks.by_hand,
            "h": self._commands,
            "?": self._help,
        }.get(letter, self._next if key == "\t" else None)
        if meaning is None or (letter in ("m", "o") and self.active() is None):
            return False
        meaning()
        return True

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
        plan = self.desk.state().plan
        run = plan.run if plan else ""
        if is_asked(active.kind):
            did = offered(f"runbook did --run {run} -- COMMAND", self.said)
            rows.append(Row(name="by hand", text=did, place="command"))
        abort = offered(f"runbook abort {run} --reason {LATER}", self.said)
        rows.append(Row(name="abort", text="from another terminal:", place="under"))
        rows.append(Row(text=abort, place="command"))
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


def scalar(text: str) -> Json:
    """Read an answer as a JSON scalar where it is one, else as text."""
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(value, float) and not math.isfinite(value):
        return text
    return value if isinstance(value, bool | int | float) or value is None else text
