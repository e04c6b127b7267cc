"""A session as Markdown: ``summary.md``, and what GitHub shows of a job.

Whatever comes from outside (names, limits, messages of servers) stands in code spans, where Markdown has no meaning.
"""

from pytest_fmbench.sinks.markdown.page import render

__all__ = ["render"]
