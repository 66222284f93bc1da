"""Collects figures; prints them for people and for programs, and keeps them in the documentation."""

import dataclasses
import datetime
import pathlib
import statistics
import subprocess

from .bars import BARS, Bar

HEADER = """# Performance

Each line is the median of three runs of `make bench` on one machine; the note has what it was compared with and how
far the runs were apart.

| date | commit | bench | value | bar | note |
|---|---|---|---|---|---|
"""


@dataclasses.dataclass
class Figure:
    name: str
    value: float
    note: str
    bar: Bar


def shown(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


class Report:
    def __init__(self):
        self.figures = []

    def add(self, name, values, note, stretch=None):
        """One figure: the median of its rounds. What would be good can be something that this run has measured."""
        if len(values) > 1:
            note = f"{note}; rounds {shown(min(values))} to {shown(max(values))}"
        bar = BARS[name] if stretch is None else dataclasses.replace(BARS[name], stretch=round(stretch, 2))
        figure = Figure(name, statistics.median(values), note, bar)
        self.figures.append(figure)
        print(f"  {name}: {shown(figure.value)} {bar.unit}; {note}", flush=True)

    def print_table(self):
        rows = [("bench", "value", "unit", "bar", "stretch", "", "note")]
        for figure in self.figures:
            bar = figure.bar
            verdict = bar.verdict(figure.value)
            rows.append((figure.name, shown(figure.value), bar.unit, bar.text(bar.bar), bar.text(bar.stretch), verdict,
                         figure.note))
        widths = [max(len(row[column]) for row in rows) for column in range(6)]
        print()
        for row in rows:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths + [0])).rstrip())

    def print_values(self):
        print()
        for figure in self.figures:
            print(f"{figure.name}={figure.value:.6g}" if figure.value < 1000 else f"{figure.name}={figure.value:.0f}")

    def record(self, root, facts):
        path = pathlib.Path(root) / "docs" / "performance.md"
        if not path.exists():
            path.write_text(HEADER)
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=root, check=True, capture_output=True,
                                text=True).stdout.strip()
        today = datetime.datetime.now(datetime.timezone.utc).date()
        machine = dict(facts)["machine"]
        with open(path, "a") as table:
            for figure in self.figures:
                bar = figure.bar
                value = f"{shown(figure.value)} {bar.unit}"
                table.write(f"| {today} | {commit} | `{figure.name}` | {value} | {bar.text(bar.bar)} | "
                            f"{figure.note}; {machine} |\n")
