"""Pictures in the terminal itself, where it can: kitty's protocol, or iTerm's."""
from __future__ import annotations

import os
from base64 import b64encode
from typing import Mapping

CHUNK = 4096        # kitty takes no more at a time


def inline(png: bytes, environment: Mapping[str, str] = os.environ) -> str:
    """What to print to see a picture here; "" in a terminal that is not known to show pictures.

    Nothing is asked of the terminal: its name is in the environment. Under tmux and screen, which do not
    pass pictures on, there are none.
    """
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    if "TMUX" in environment or term.startswith(("screen", "tmux")):
        return ""
    if "KITTY_WINDOW_ID" in environment or term in ("xterm-kitty", "xterm-ghostty") or program == "ghostty":
        return _kitty(png)
    if program in ("iTerm.app", "WezTerm") or environment.get("LC_TERMINAL") == "iTerm2":
        return f"\033]1337;File=inline=1;size={len(png)};width=80;preserveAspectRatio=1:{_base64(png)}\a"
    return ""


def _kitty(png: bytes) -> str:
    """https://sw.kovidgoyal.net/kitty/graphics-protocol: PNG (f=100), sent and shown (a=T), 80 columns."""
    data = _base64(png)
    parts = [data[i:i + CHUNK] for i in range(0, len(data), CHUNK)]
    keys = ["a=T,f=100,c=80,q=2"] + [""] * (len(parts) - 1)
    return "".join(f"\033_G{key}{',' if key else ''}m={int(i < len(parts) - 1)};{part}\033\\"
                   for i, (key, part) in enumerate(zip(keys, parts)))


def _base64(png: bytes) -> str:
    return b64encode(png).decode("ascii")
