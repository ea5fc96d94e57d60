"""Random numbers by address, and durations from one uniform number.

An address is (seed, run, stream, who, k). The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel
random numbers: as easy as 1, 2, 3", SC'11): the seed is its key, the other fields have bits of their own in its
counter, so that two addresses never share a number and no number depends on the order of calls.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from jobcentre.model.compiling import jit, jit_inline


class Stream(IntEnum):
    """The purpose of a random number. The codes are never reused."""

    # about the office: who = post
    UNSCHEDULED_COUNT = 1
    UNSCHEDULED_TIME = 2
    UNSCHEDULED_NEED = 3
    UNSCHEDULED_PATIENCE = 8
    UNSCHEDULED_PRIORITY = 9
    STARTS = 4  # who = group number and post
    VOLUNTEERS = 5  # who = group number
    JOURNAL = 6
    HIRE_DAYS = 7
    # about a coach: who = post and holder
    SENSITIVITY = 10
    PART_TIME = 11
    SERVICE = 12
    TRAINED = 13
    LEAVE_WEEK = 14
    LEAVE_DAY = 15
    SPELL_THRESHOLD = 16  # k = kind and number of the spell
    SPELL_DAYS = 17
    NOTICE_THRESHOLD = 18
    OVERTIME_CAP = 19
    HOME = 20
    FRAILTY = 21
    MARK = 22
    NOTICE_CAUSE = 23
    MENTAL_SPELL = 24  # k = number of the long spell
    OFFICE_LEAVING = 25  # about the office
    COACH_MOVES = 26  # k = whether leaving or away
    # about a customer: who = group number, day of arrival, number that day; k = occasion
    PLAN = 30
    COMPLEX = 31
    PROPENSITY = 32
    EXIT_THRESHOLD = 33  # k = number of groups entered so far and exit
    DECISION_DAYS = 34
    DECISION_TO = 35
    KEPT = 36
    ATTEND = 37
    LATE = 38
    LATE_BY = 39
    NEED = 40
    REARRANGE = 41
    REARRANGE_NOTICE = 42
    REARRANGE_DUE = 43
    CHANNEL = 44
    REFERRAL = 45
    REFERRAL_PAUSES = 46
    CONCERN = 47
    DIGITAL = 48
    ADMIN = 49  # k = occasion and kind of task
    START_AGE = 50
    START_DUE = 51
    START_DECISION = 52
    JOURNAL_NEED = 53  # who = post; k = day and number that day
    TRAINER_NEED = 54  # who = post of the newcomer; k = day
    PATIENCE = 56
    CHASE = 57  # k = day and whether, how, when
    CHASE_NEED = 58  # k = day and need, patience, priority
    REFERRAL_KIND = 59
    DECISION_REFERRAL = 60
    CUSTOMER_MOVES = 61
    ORDER = 55  # about a customer: whose turn is first among those of a day


STREAM_BITS, K_BITS = 8, 24
DAY_BITS, NUMBER_BITS, GROUP_BITS = 24, 24, 6
HOLDER_BITS, POST_BITS = 16, 16
K_LIMIT = 1 << K_BITS
NUMBER_LIMIT = 1 << NUMBER_BITS
DAY_OFFSET = 1 << (DAY_BITS - 1)  # days of arrival may be negative (the start stock)

_LOW32 = 0xFFFFFFFF


@jit_inline
def philox(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Philox4x32 with ten rounds; all words are 32-bit whole numbers held in 64."""
    for _ in range(10):
        p0 = 0xD2511F53 * c0
        p1 = 0xCD9E8D57 * c2
        c0, c1, c2, c3 = ((p1 >> 32) & _LOW32) ^ c1 ^ k0, p1 & _LOW32, ((p0 >> 32) & _LOW32) ^ c3 ^ k1, p0 & _LOW32
        k0 = (k0 + 0x9E3779B9) & _LOW32
        k1 = (k1 + 0xBB67AE85) & _LOW32
    return c0, c1, c2, c3


@jit_inline
def uniform(seed_low: int, seed_high: int, run: int, stream: int, who: int, k: int) -> float:
    """A uniform number strictly between 0 and 1 (52 bits) at an address."""
    a, b, _, _ = philox(int(run), (stream << K_BITS) | int(k), (int(who) >> 32) & _LOW32, int(who) & _LOW32, int(seed_low), int(seed_high))
    return ((a << 20 | b >> 12) + 0.5) * (1.0 / 4503599627370496.0)


@jit
def customer_who(group_number: int, day: int, number: int) -> int:
    """The identity of a customer for chance."""
    return (int(group_number) << (DAY_BITS + NUMBER_BITS)) | ((int(day) + DAY_OFFSET) << NUMBER_BITS) | int(number)


@jit
def coach_who(post: int, holder: int) -> int:
    """The identity of a coach for chance."""
    return (int(post) << HOLDER_BITS) | int(holder)


# --- quantile tables -------------------------------------------------------------------------------------------------

CELLS = 64  # cells of each level
LEVELS = 43  # level j of a tail covers probabilities from 2^-(j+2) to 2^-(j+1)
MIDDLE = CELLS * LEVELS  # the point of the median
TABLE_WIDTH = 2 * MIDDLE + 1


@jit
def quantile(tables: np.ndarray, row: int, u: float) -> float:
    """The value at probability `u` of the table's distribution (mean 1), linear between its points."""
    tail = u if u < 0.5 else 1.0 - u
    # nearly all lie in the first levels: these comparisons need no jumps that the processor cannot foresee
    level = int(tail < 0.25) + int(tail < 0.125) + int(tail < 0.0625) + int(tail < 0.03125)
    tail = tail * (1 << level)
    while tail < 0.25 and level < LEVELS - 1:
        tail = tail * 2.0
        level += 1
    place = (0.5 - tail) * (4.0 * CELLS)
    cell = int(place)
    if cell >= CELLS:
        cell = CELLS - 1
        place = float(CELLS)
    outward = -1 if u < 0.5 else 1
    i = MIDDLE + outward * (level * CELLS + cell)
    near = tables[row, i]
    return near + (place - cell) * (tables[row, i + outward] - near)


def probabilities() -> np.ndarray:
    """Upper-tail probabilities at the points of a table, fine in both tails: from 1 - 2^-44 through ½ to 2^-44."""
    within = 1.0 - np.arange(CELLS) / (2.0 * CELLS)
    tail = np.concatenate([within * 0.5 ** (level + 1) for level in range(LEVELS)] + [np.array([0.5 ** (LEVELS + 1)])])
    return np.concatenate([1.0 - tail[:0:-1], tail])


@lru_cache(maxsize=128)  # the offices of a table share theirs, and one takes 4 ms
def quantile_table(family: str, cv: float, quantiles: tuple[float, ...] | None = None) -> np.ndarray:
    """Quantiles of a distribution with mean 1 and the given coefficient of variation, shape (TABLE_WIDTH,), to be read only.

    The mean of the piecewise linear table is exactly 1; values are rounded to 12 digits so that a last-bit difference
    between machines' libraries cannot enter a run.
    """
    upper = probabilities()
    values = _quantiles(family, cv, upper, quantiles)
    ends = upper[-1] * (values[0] + values[-1])
    mean = float(np.sum(-np.diff(upper) * (values[1:] + values[:-1]) / 2.0) + ends)
    table = np.round(values / mean, 12)
    table.flags.writeable = False
    return table


def _quantiles(family: str, cv: float, upper: np.ndarray, quantiles: tuple[float, ...] | None) -> np.ndarray:
    if family == "table" and quantiles is not None:
        return np.interp(1.0 - upper, np.linspace(0.0, 1.0, len(quantiles)), np.asarray(quantiles, dtype=float))
    if family == "exponential":
        return -np.log(upper)
    if family == "constant" or cv == 0.0:
        return np.ones_like(upper)
    if family == "uniform":
        return 1.0 + cv * np.sqrt(3.0) * (1.0 - 2.0 * upper)
    if family == "triangular":
        low_half = np.sqrt(2.0 * np.minimum(1.0 - upper, 0.5)) - 1.0
        high_half = 1.0 - np.sqrt(2.0 * np.minimum(upper, 0.5))
        return 1.0 + cv * np.sqrt(6.0) * np.where(upper > 0.5, low_half, high_half)
    if family == "gamma":
        return _gamma_quantiles(cv, upper)
    return _lognormal_quantiles(cv, upper)


def _lognormal_quantiles(cv: float, upper: np.ndarray) -> np.ndarray:
    sigma = np.sqrt(np.log1p(cv * cv))
    normal = NormalDist()
    z = np.array([-normal.inv_cdf(p) if 0.0 < p < 1.0 else -np.inf for p in upper])
    return np.exp(sigma * z)


def _gamma_quantiles(cv: float, upper: np.ndarray) -> np.ndarray:
    """By integrating the density on a grid fine in both tails, then interpolating."""
    shape = 1.0 / (cv * cv)
    # With x = y^(1/shape) the density of y is smooth at 0 for every shape.
    top = (shape + 12.0 * np.sqrt(shape) + 60.0) ** shape if shape < 1.0 else 0.0
    if shape < 1.0:
        y = np.linspace(0.0, top ** (1.0 / 4.0), 400_001) ** 4
        x, density = y ** (1.0 / shape), np.exp(-(y ** (1.0 / shape)))
        area = np.concatenate([np.diff(y) * (density[1:] + density[:-1]) / 2.0, [0.0]])
    else:
        x = np.linspace(0.0, shape + 14.0 * np.sqrt(shape) + 60.0, 400_001)
        with np.errstate(divide="ignore"):
            density = np.exp((shape - 1.0) * np.log(np.where(x > 0, x, 1e-300)) - x - (shape - 1.0) * np.log(shape) + shape)
        area = np.concatenate([np.diff(x) * (density[1:] + density[:-1]) / 2.0, [0.0]])
    survival = np.cumsum(area[::-1])[::-1] / np.sum(area)
    return np.interp(upper, survival[::-1], x[::-1])


@jit
def poisson(u: float, mean: float, none: float) -> int:
    """A Poisson number by inversion; `none` is the probability of 0, made beforehand with the inputs."""
    count = 0
    term = none
    total = none
    while u >= total and term > 0.0:
        count += 1
        term = term * mean / count
        total = total + term
        if count > 4096 or (term < 1e-18 and count > mean):
            break
    return count
