"""The page of the virtual studies: published effect, ours, and whether they agree."""

from __future__ import annotations

from collections.abc import Sequence

from validation.pages import SEED, say, table
from validation.studies import aiken, borritz, dall_ora, hamidi, rauhala
from validation.studies.effects import Finding
from validation.studies.offices import POSTS, Offices, offices

STUDIES = (rauhala, dall_ora, borritz, hamidi, aiken)


def studies_page(number: int) -> str:
    """The page; `number` offices of each load."""
    say("offices of the studies")
    made = offices(number)
    found = all_findings(made)
    more, high, ordinary = rauhala.days_more(made)
    rows = [(one.study, one.source, one.exposure, one.outcome, str(one.published), str(one.ours), one.verdict) for one in found]
    return "\n\n".join([
        "# Virtual studies",
        f"Made by `python -m validation studies`; seed {SEED}, central response to strain, {number} offices of 23 coaches for each of {len(POSTS)} loads "
        f"({POSTS[0]} to {POSTS[-1]} posts' customers), followed for two years after a year and a half. Each study is done again on the model's logs: the same "
        "exposure, window and regression, as far as its abstract tells; intervals (95 %) allow for offices. Other people, other work: a study shows whether "
        "the size of an effect is of this world, not what it is in a jobcentre. Of Borritz 2006's spells only the lower limit was read; the upper is reflected.",
        table(("study", "source", "exposure", "outcome", "published", "the model", "verdict"), rows),
        f"In {high} offices with a load of 1.3 times the optimum and more, coaches lose {more:+.1f} days a year beside those of {ordinary} offices at 0.9 to 1.1 of it; "
        "Rauhala 2007 has +12. What strain does to short spells (`sickness.short_strain_ceiling`) was set by that study, so that they agree by choice; all else is a "
        "test. No figure of the model was changed after results were seen. After a first trial two comparisons were brought closer to their study: absences are told "
        "apart by their length and not by the model's kinds, and Dall'Ora 2025 is done in offices of ordinary load.",
        "**Where they part.** Load explains nearly all of strain here, and a small part of burnout in the world (correlations of 0.3 at most, D16), where people "
        "are also tired for other reasons and answer questionnaires: so one patient more moves the odds far more than Aiken 2002 found. It does not say that "
        "what strain leads to is too strong: Borritz 2006 and Hamidi 2018 begin with burnout itself, and agree.",
        "What is not the same: the studies compare people of one time, of whom some had gone already; here everybody is followed from the survey on. Burnout is a "
        "questionnaire there and strain here, so that only standard deviations and shares can be compared. The spread of load between offices is made up: effects "
        "per standard deviation and of the most strained depend on it.",
    ]) + "\n"  # fmt: skip


def all_findings(made: Offices) -> Sequence[Finding]:
    """The findings of all studies."""
    return [finding for study in STUDIES for finding in study.findings(made)]
