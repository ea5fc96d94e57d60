"""`python -m validation [PAGE ...] [number]` writes pages of docs/results/: those named, of the list below, or all."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from validation.answers.page import RUNS as ANSWERS_RUNS
from validation.answers.page import answers_page
from validation.appointments import appointments_page
from validation.baseline import ablation_page, baseline_page, surge_page
from validation.crash_recovery import kills_page
from validation.memory import memory_page
from validation.mutation import mutation_page
from validation.pages import FOLDER
from validation.speed import ROUNDS as SPEED_ROUNDS
from validation.speed import speed_page
from validation.staff import staff_page
from validation.staffing import staffing_page
from validation.statistics.page import statistics_page
from validation.studies.page import studies_page
from validation.sweeps import ROUNDS as SWEEPS_ROUNDS
from validation.sweeps import sweeps_page
from validation.uncertainty import uncertainty_page

#: What writes each page, and with how many runs.
PAGES: dict[str, tuple[Callable[[int], str], int]] = {
    "baseline": (baseline_page, 400),
    "surge": (surge_page, 100),
    "ablation": (ablation_page, 40),
    "appointments": (appointments_page, 200),
    "staff": (staff_page, 200),
    "studies": (studies_page, 12),
    "uncertainty": (uncertainty_page, 50),
    "statistics": (statistics_page, 20_000),
    "answers": (answers_page, ANSWERS_RUNS),
    "staffing": (staffing_page, 100),
    "sweeps": (sweeps_page, SWEEPS_ROUNDS),
    "kills": (kills_page, 100),
    "mutation": (mutation_page, 300),
    "speed": (speed_page, SPEED_ROUNDS),
    "memory": (memory_page, 10_000),
}


def main(arguments: Sequence[str]) -> None:
    """Writes the pages asked for, or all of them."""
    unknown = [word for word in arguments if word not in PAGES and not word.isdigit()]
    if unknown:
        sys.exit(f"python -m validation: there is no page {', '.join(unknown)}; pages: {', '.join(PAGES)}")
    names = [name for name in arguments if name in PAGES] or list(PAGES)
    numbers = [int(word) for word in arguments if word.isdigit()]
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in names:
        page, runs = PAGES[name]
        (FOLDER / f"{name}.md").write_text(page(numbers[0] if numbers else runs), encoding="utf-8")
        print(FOLDER / f"{name}.md")


if __name__ == "__main__":
    main(sys.argv[1:])
