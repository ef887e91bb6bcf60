"""What Linux grants without privileges: processes and files that the student's code cannot reach.

None of it is a security boundary: a kernel may lack it, and other systems do.

Namespaces (``namespaces(7)``): the code sees no process but its own, so that it can signal no other, and
has no network. Landlock (``landlock(7)``): it writes in its own folder only, and reads Python, NumPy, what
is installed beside it except minigrad, and the files beside the student's.
"""
from __future__ import annotations

import ctypes
import os
import struct
import sys
import sysconfig
from pathlib import Path
from typing import Any, Iterator

NEW_IPC, NEW_USER, NEW_PID, NEW_NET = 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 4, 36, 38
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446        # the same on every architecture but alpha
EXECUTE, READ_FILE, READ_DIR = 1, 4, 8
ACCESSES = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}                  # how many kinds an ABI knows of
SYSTEM = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/share/zoneinfo", "/etc/localtime",
          "/etc/ld.so.cache")
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")


def library() -> Any:
    """The C library; None where this is not Linux."""
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def control(option: int, value: int) -> bool:
    """``prctl``; whether it worked."""
    libc = library()
    return libc is not None and libc.prctl(option, value, 0, 0, 0) == 0


def own_namespaces() -> bool:
    """Have the next child begin a tree of processes of its own, without network; whether that is allowed."""
    libc = library()
    if libc is None:
        return False
    user, group = os.getuid(), os.getgid()
    if libc.unshare(NEW_USER | NEW_PID | NEW_NET | NEW_IPC) != 0:
        return False
    for name, content in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"),
                          ("gid_map", f"{group} {group} 1")):
        try:
            Path("/proc/self", name).write_text(content)
        except OSError:                         # then the numbers of user and group look odd, no more
            pass
    return True


def close_files(own: Path, beside: Path) -> bool:
    """Leave of the file system ``own``, and for reading what ``readable`` names; whether that is allowed."""
    libc = library()
    abi = -1 if libc is None else libc.syscall(CREATE_RULESET, None, 0, 1)
    if abi < 1:
        return False
    everything = 2 ** ACCESSES.get(abi, 16) - 1
    attributes = struct.pack("QQQ", everything, 3 if abi >= 4 else 0, 3 if abi >= 6 else 0)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    rules = libc.syscall(CREATE_RULESET, ctypes.c_char_p(attributes[:size]), ctypes.c_size_t(size), 0)
    if rules < 0:
        return False
    for path, access in readable(own, beside, everything):
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)     # type: ignore[attr-defined,unused-ignore]
        except OSError:
            continue
        if not os.path.isdir(path):
            access &= ~READ_DIR & (1 | 2 | 4 | 1 << 14 | 1 << 15)
        libc.syscall(ADD_RULE, rules, 1, ctypes.c_char_p(struct.pack("=Qi", access, place)), 0)
        os.close(place)
    done = control(PR_SET_NO_NEW_PRIVS, 1) and libc.syscall(RESTRICT_SELF, rules, 0) == 0
    os.close(rules)
    return bool(done)


def readable(own: Path, beside: Path, everything: int) -> Iterator[tuple[str | Path, int]]:
    """What stays within reach, and for what. A rule for a folder holds for all that is below it."""
    yield own, everything
    for device in DEVICES:
        yield device, everything
    for path in SYSTEM:
        yield path, READ_FILE | READ_DIR | EXECUTE
    yield sys.executable, READ_FILE | EXECUTE
    for folder in {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), *sys.path}:
        if os.path.isdir(folder):
            yield folder, READ_DIR
            for entry in os.scandir(folder):
                installed = entry.name in ("site-packages", "dist-packages")
                if not (installed or hidden(entry.name)):
                    yield entry.path, READ_FILE | READ_DIR
    yield beside, READ_DIR
    for entry in os.scandir(beside):
        if entry.is_file() and not hidden(entry.name):
            yield entry.path, READ_FILE


def hidden(name: str) -> bool:
    """Whether a file or folder may hold what the exercises ask for."""
    return name.startswith(("minigrad", "lessons", "__editable__"))
