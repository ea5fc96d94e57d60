"""The length of a conversation."""

from __future__ import annotations

from jobcentre.model.compiling import jit


@jit
def conversation_seconds(need: int, until_next: int, grace: int, shortest: int) -> int:
    """Seconds a conversation lasts: its need, cut so that it runs at most `grace` into what follows, never below `shortest`.

    `until_next` is the time to the coach's next booking as booked (lunch and finish count), negative when it is past.
    """
    allowed = max(shortest, until_next + grace)
    return max(1, min(need, allowed))


@jit
def is_rushed(unmet: int, need: int, rushed_share: float) -> bool:
    """Whether a conversation was cut by more than a share of its need (M15)."""
    return unmet > rushed_share * need
