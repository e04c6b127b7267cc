"""BurstGPT: requests to ChatGPT and GPT-4 of a campus.

v1.1 has ``Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type``; v1.2 puts ``Session ID,Elapsed time``
behind the first. The stamp is in seconds and does not begin at 0. A response of 0 tokens was a failure in the original,
which is left out. CC-BY-4.0.

Source: https://github.com/HPMLL/BurstGPT
"""

from __future__ import annotations

from collections.abc import Mapping

from pytest_fmbench.workloads.traces.base import NS_PER_S, Format, Layout, Row, Unusable, at_ns, count_of, input_length


def read(row: Mapping[str, object]) -> Row:
    """The request of a row."""
    when, asked = at_ns(row["Timestamp"], NS_PER_S), input_length(row["Request tokens"])
    replied = count_of(row["Response tokens"], "output tokens")
    if replied == 0:
        raise Unusable("no output tokens, which was a failure in the original")
    session, kind = row.get("Session ID"), row["Log Type"]
    return Row(when, asked, replied, session=str(session) if session else None, kind=str(kind))


FORMAT = Format(Layout.CSV, ("Timestamp", "Request tokens", "Response tokens", "Log Type"), read)
