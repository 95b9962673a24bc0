"""Tie a process's life to its parent's, so that a killed launcher leaves nothing behind."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def tie_to_parent() -> None:
    """Have the kernel kill this process when its parent dies; a no-op where Linux is not.

    Call it after a change of user: the kernel forgets the wish when credentials change.
    """
    if hasattr(_LIBC, "prctl"):
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))


def tie_unless_orphan(parent: int) -> None:
    """Tie this process to the parent that started it, and leave at once if that one is gone."""
    tie_to_parent()
    if os.getppid() != parent:
        os._exit(1)
