"""Where a recommendation lies in the folder of the session that it is from."""

from __future__ import annotations

RECOMMENDATION = "recommendation.json"
