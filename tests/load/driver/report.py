"""The table that a run ends with."""

import os
import platform
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Row:
    """One figure beside its limit."""

    figure: str
    measured: str
    limit: str
    ratio: str
    aim: str
    is_met: bool | None = None


@dataclass
class Report:
    """The rows and notes of a run, in the order of their measurement."""

    rows: list = field(default_factory=list)
    notes: list = field(default_factory=list)

    def compare(self, figure, rate, limit_name, limit, aim):
        """Adds a rate that shall be at least a part of a limit."""
        ratio = rate / limit
        beside = f"{limit_name}: {limit:,.1f}/s"
        self._add(Row(figure, f"{rate:,.1f}/s", beside, f"{ratio:.0%}", f"≥ {aim:.0%}", ratio >= aim))

    def at_least(self, figure, rate, aim, beside=""):
        """Adds a rate that shall not be below a number."""
        self._add(Row(figure, f"{rate:,.1f}/s", beside, f"{rate / aim:.0%}", f"≥ {aim:,}/s", rate >= aim))

    def at_most(self, figure, value, unit, aim, digits=1):
        """Adds a figure that shall not be above a number."""
        self._add(Row(figure, f"{value:,.{digits}f} {unit}", "", f"{value / aim:.0%}", f"≤ {aim} {unit}", value <= aim))

    def none(self, figure, count):
        """Adds a count that shall be zero."""
        self._add(Row(figure, str(count), "", "", "0", count == 0))

    def tell(self, figure, measured, limit="", ratio=""):
        """Adds a figure without an aim."""
        self._add(Row(figure, measured, limit, ratio, ""))

    def note(self, text):
        """Adds a line below the table."""
        self.notes.append(text)

    def has_met_all(self):
        """Whether no aim was missed."""
        return all(row.is_met is not False for row in self.rows)

    def markdown(self):
        """The whole as Markdown."""
        words = {True: "met", False: "not met", None: ""}
        lines = ["| figure | measured | limit beside it | ratio | aim | |", "| --- | --- | --- | --- | --- | --- |"]
        for row in self.rows:
            lines.append(
                f"| {row.figure} | {row.measured} | {row.limit} | {row.ratio} | {row.aim} | {words[row.is_met]} |"
            )
        return "\n".join([_machine(), "", *lines, "", *(f"- {note}" for note in self.notes), ""])

    def _add(self, row):
        self.rows.append(row)
        print(f"{row.figure}: {row.measured}  {row.limit}  {row.ratio}  {row.aim}", flush=True)


def _machine():
    models = {
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    }
    return f"{os.cpu_count()} cores ({', '.join(models)}), {platform.system()} {platform.release()}"
