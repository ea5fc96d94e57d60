"""The pages of docs/results/: what the program gives, with intervals, beside what is known, what is wanted and what theory says."""
