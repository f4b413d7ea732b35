"""The short tables that commands end with."""

import sys

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

WIDTH_OF_FILES = 150  # columns, where the output is no terminal and has no width


class Screen(Console):
    """A console that tells of a closed pipe, as `| head` leaves one, instead of ending the program by itself."""

    def on_broken_pipe(self):
        """Let the error go on to `common.run`."""
        raise


def show_runs(title, runs, figures):
    """Print a line for each cross-validated run: its figures, spread over folds, time, and where it was written.

    Args:
        title: heading.
        runs: list of `Run`, finished; their metrics hold `spread` and `seconds`.
        figures: function from the metrics of a run to `{column: text}`.
    """
    rows = []
    for run in runs:
        metrics = run.read_json("metrics.json")
        spread = f"{metrics['spread']:.4f}" if metrics["spread"] is not None else ""
        minutes = f"{metrics['seconds'] / 60:.1f}"
        rows.append(
            {"model": run.model, **figures(metrics), "± folds": spread, "minutes": minutes, "written to": str(run.path)}
        )
    show_table(title, list(rows[0]), [list(row.values()) for row in rows])


def show_table(title, columns, rows, section_after=None):
    """Print a table; the first and every text column stand left, numbers right.

    Args:
        title: heading.
        columns: names.
        rows: sequences of texts, as many as there are columns.
        section_after: number of rows after which a line is drawn.
    """
    table = Table(box=box.SIMPLE_HEAD)
    for place, column in enumerate(columns):
        number = rows and all(not row[place] or row[place][0].isdigit() for row in rows)
        table.add_column(column, justify="right" if number else "left", overflow="fold", no_wrap=bool(number))
    for count, row in enumerate(rows, start=1):
        table.add_row(*map(escape, row), end_section=count == section_after)
    console = Screen(width=None if sys.stdout.isatty() else WIDTH_OF_FILES)
    console.print(title, style="bold", markup=False, soft_wrap=True)  # not the table's own title: that is cut to its width
    console.print(table)
