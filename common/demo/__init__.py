"""A page to try what was learnt: a tab for each contest that has a finished ensemble and declares one in its `demo.py`.

    make demo
    make demo from=FOLDER      what `make export` wrote

`competitions/<name>/demo.py` has one function, `tab(learnt, sample)`, which returns a `Tab`. The page is made by `server`.
"""

from common.demo.tab import Choice, File, Given, Lines, Tab, Text, drawing, sliding

__all__ = ["Choice", "File", "Given", "Lines", "Tab", "Text", "drawing", "sliding"]
