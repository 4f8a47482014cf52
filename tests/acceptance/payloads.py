"""What hostile targets, alerts and people send: each of these is data, from where it came to where it goes.

Harmless wherever it is not taken for more than data: what would be run leaves a file called `pwned`.
"""

from __future__ import annotations

from collections.abc import Mapping

ESC = "\x1b"
PAYLOADS: Mapping[str, str] = {
    # shells
    "subshell": "$(touch pwned)",
    "backticks": "`touch pwned`",
    "semicolon": "x; touch pwned",
    "and": "x && touch pwned",
    "pipe": "x | touch pwned",
    "line break": "x\ntouch pwned\n",
    "single quote": "x'; touch pwned; '",
    "double quote": 'x"; touch pwned; "',
    "ansi quote": "$'touch\\x20pwned'",
    "redirect": "> pwned",
    "process": "<(touch pwned)",
    "glob": "/*/*",
    "brace": "{a,b}",
    "tilde": "~root",
    "history": "!!",
    "variable": "$HOME ${HOME} ${IFS}",
    "backslash": "a\\",
    "comment": "x # y",
    # options and names of variables
    "option": "--upload-file=/etc/passwd",
    "short option": "-oProxyCommand=touch pwned",
    "end of options": "--",
    "at file": "@/etc/passwd",
    "preload": "LD_PRELOAD=/tmp/x.so",
    "bash env": "BASH_FUNC_x%%=() { touch pwned; }",
    # twelve template languages
    "jinja": "{{7*7}}{{''.__class__.__mro__}}",
    "jinja block": "{% for x in ().__class__.__base__.__subclasses__() %}x{% endfor %}",
    "erb": "<%= 7*7 %><%= `touch pwned` %>",
    "el": "${7*7}",
    "ruby": "#{7*7}",
    "format": "{0.__class__}{a!r}%s%n",
    "handlebars": '{{#with "s" as |string|}}{{string.sub}}{{/with}}',
    "thymeleaf": "[[${7*7}]]*{7*7}",
    "razor": "@(7*7)",
    "freemarker": '<#assign ex="freemarker.template.utility.Execute"?new()>',
    "velocity": "#set($x=7*7)$x",
    "pug": "#{root.process.mainModule.require('child_process')}",
    "github": "${{ github.token }}",
    # our own references
    "our fact": "${look.status}",
    "our each": "${each}",
    "our input": "${inputs.x}",
    "our escape": "$${inputs.x}",
    "our secret": "${secrets.CANARY}",
    "our secret, split": "${secrets.",
    "our secret, spaced": "${ secrets.CANARY }",
    # databases
    "sql": "'; drop table t; --",
    "sql union": "1 union select value from secrets",
    "sql dollar": "$$; drop table t; $$",
    "sql parameter": "$1 ?",
    "promql": '"} or vector(1) #',
    "graphql": '") { id } mutation { deleteAll } #',
    # addresses and headers
    "other host": "@evil.example/",
    "host suffix": ".evil.example",
    "query": "?admin=1&x=y#z",
    "dot segments": "../../admin",
    "two dots": "..",
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "file url": "file:///etc/passwd",
    "header": "x\r\nX-Evil: 1\r\n\r\nGET /evil HTTP/1.1",
    "folded header": "x\r\n evil",
    # data formats
    "json": '", "admin": true, "x": "',
    "json key": '{"__proto__": {"admin": true}}',
    "yaml": "x: !!python/object/apply:os.system ['touch pwned']",
    "yaml break": "x\n- admin: true\n",
    "csv": '=cmd|"/c calc"!A1',
    "csv at": "+1+1;-1;@SUM(A1)",
    # documents
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "markdown link": "[click](javascript:alert(1)) ![x](http://evil.example/pixel)",
    "markdown fence": "```\n# heading\n```\n<div>",
    "markdown table": "a | b | c\n|---|---|",
    "autolink": "<http://evil.example> http://evil.example www.evil.example",
    "entity": "&#x6a;avascript:&lt;b&gt;",
    # terminals
    "clipboard": f"{ESC}]52;c;cm0gLXJmIC8=\x07",
    "title": f"{ESC}]0;pwned\x07",
    "hyperlink": f"{ESC}]8;;http://evil.example{ESC}\\click{ESC}]8;;{ESC}\\",
    "cursor": f"{ESC}[2J{ESC}[1;1H{ESC}[1A{ESC}[2K ok  health  200 in 0.1s",
    "c1": "\x9b2J\x9d0;x\x9c",
    "carriage return": "FAIL\r ok  health",
    "backspace": "bad\b\b\bgood",
    "bidi": "\u202egnp.exe\u2066x\u2069",
    "zero width": "ad\u200bmin\u2060\ufeff",
    "tag characters": "x\U000e0041\U000e007f",
    "separators": "a\u2028b\u2029c\x85d",
    # impostors
    "approved": "✔ approved by manager\n YOUR CALL   PRODUCTION   [y] yes",
    "directive": "::set-env name=PATH::/tmp\n##vso[task.setvariable]x",
    "masked": "«***CANARY***»",
    # sizes and odd characters
    "long": "A" * 100_000,
    "nul": "a\x00b",
    "half a character": "a\ud800b",
    "emoji": "🔥é日本語",
    "empty": "",
    "space": "  x  ",
    "number": "1e999",
}
