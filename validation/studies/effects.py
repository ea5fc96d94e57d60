"""An effect with its interval, as a study has it: published, or from the model's offices."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import statsmodels.api as sm


class Effect(NamedTuple):
    """A ratio of rates, risks or odds with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


class Finding(NamedTuple):
    """One published effect beside ours; `fitted`: a figure of the model was set by it, so that it tests nothing."""

    study: str
    source: str
    exposure: str
    outcome: str
    published: Effect
    ours: Effect
    fitted: bool = False

    @property
    def verdict(self) -> str:
        """Whether the intervals meet."""
        if self.ours.high < self.published.low:
            word = "weaker in the model"
        elif self.ours.low > self.published.high:
            word = "stronger in the model"
        else:
            word = "agrees"
        return f"{word}; set by it" if self.fitted else word


def rate_ratio(events: pd.Series, exposed: pd.DataFrame, time: pd.Series, office: pd.Series, of: str) -> Effect:
    """Poisson regression of counts with time at risk; errors allow for offices."""
    return _effect(
        sm.GLM(events.astype(float), sm.add_constant(exposed.astype(float)), family=sm.families.Poisson(), exposure=time), office, of
    )


def risk_ratio(event: pd.Series, exposed: pd.DataFrame, office: pd.Series, of: str) -> Effect:
    """Poisson regression of a yes or no, with errors that allow for that and for offices."""
    return _effect(sm.GLM(event.astype(float), sm.add_constant(exposed.astype(float)), family=sm.families.Poisson()), office, of)


def odds_ratio(event: pd.Series, exposed: pd.DataFrame, office: pd.Series, of: str) -> Effect:
    """Logistic regression; errors allow for offices."""
    return _effect(sm.GLM(event.astype(float), sm.add_constant(exposed.astype(float)), family=sm.families.Binomial()), office, of)


def _effect(model: sm.GLM, office: pd.Series, of: str) -> Effect:
    fitted = model.fit(cov_type="cluster", cov_kwds={"groups": office.to_numpy()})
    low, high = fitted.conf_int().loc[of]
    return Effect(*(float(np.exp(one)) for one in (fitted.params[of], low, high)))
