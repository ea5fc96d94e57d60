"""Walk-ins: when they come."""

from __future__ import annotations

from jobcentre.model.compiling import jit


@jit
def second_of_arrival(u: float, span: int, peak: int, factor: float) -> int:
    """Second after opening at which somebody comes, of a uniform number: `factor` times as many an hour in the first `peak` seconds."""
    if factor == 1.0 or span <= peak:
        return int(u * span)
    place = u * (peak * factor + (span - peak))
    if place < peak * factor:
        return int(place / factor)
    return int(peak + (place - peak * factor))
