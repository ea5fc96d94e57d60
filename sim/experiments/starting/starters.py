"""Scenario files to begin with: short, with comments, each showing one thing."""

from __future__ import annotations

_OFFICE = """\
# A scenario says what differs from another one, and why. `jobcentre check our_office.yaml` finds mistakes.
title: Our office
question: How overloaded are our coaches, which appointments are missed, and how many coaches leave?

# All figures that are not given here are those of the baseline: an ordinary team of 23 posts. `jobcentre show baseline`
# lists them with source and range; another parent can be named by its bare name or by a path.
extends: baseline

office:
  # A figure with its reason. Without `why` the file is refused.
  coaches: {value: 20, why: Twenty coaches are in post.}
  part_time_share: {value: 0.15, why: Three of the twenty work three days a week.}

demand:
  # Customers belong to the office and not to its coaches: they stay when a coach leaves.
  posts: {value: 20, why: The office is funded for twenty posts.}

diary:
  # One reason for all figures of a section. Figures of a new office are often somebody's estimate: then say so.
  why: Our own booking rules.
  appointments_per_day: 20
  protected_admin_minutes: 30
"""

_SHORT = """\
# An option beside our office: only what is different stands here.
title: Our office with three posts empty
question: What do three empty posts do to the coaches who are there?
extends: our_office
compared_with: our_office

# What you expect before you look. Results are never bent to it; it keeps everybody honest.
moves:
  load_mean: up
  overloaded_share: up

office:
  coaches: {value: 17, why: Three of twenty posts are empty.}
hiring:
  # freeze: leavers are not replaced either. `jobcentre show baseline hiring.policy` shows the choices' source.
  policy: {value: freeze, why: Recruitment is stopped.}
"""

_SURGE = """\
# Figures that change from a date, at once or over some days.
title: Our office with a surge of new claims
question: How long do our coaches need to recover from three months with a third more starts?
extends: our_office
compared_with: our_office
moves:
  load_mean: up

changes:
  - date: 2024-01-08
    why: A large employer closes; the size is our estimate.
    set:
      demand.starts_factor: 1.33
  - date: 2024-04-08
    # Back to ordinary, day by day over four weeks.
    over_days: 28
    why: The last of those made redundant have claimed.
    set:
      demand.starts_factor: 1.0
"""

STARTERS = {"our_office": _OFFICE, "our_office_three_posts_empty": _SHORT, "our_office_surge": _SURGE}
