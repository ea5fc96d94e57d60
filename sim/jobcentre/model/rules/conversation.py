"""The length of a conversation."""

from __future__ import annotations

from jobcentre.model.compiling import jit


@jit
def conversation_seconds(need: int, until_next: int, overrun: int, shortest: int) -> int:
    """Seconds a conversation lasts: its need, cut so that it runs at most `overrun` into what follows, never below `shortest`.

    `until_next` is the time to what follows as booked, negative when it is past.
    """
    allowed = max(shortest, until_next + overrun)
    return max(1, min(need, allowed))


@jit
def brief_seconds(need: int, behind: bool, catch_up_share: float) -> int:
    """The need as a coach meets it who is behind while somebody waits or will: shorter by a share (M3)."""
    if not behind:
        return need
    return max(1, int(need * (1.0 - catch_up_share) + 0.5))


@jit
def is_rushed(cut: int, need: int, rushed_share: float) -> bool:
    """Whether a conversation was cut by more than a share of its need (M15); a brief one that was not cut is not rushed."""
    return cut > rushed_share * need
