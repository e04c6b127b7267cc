"""What agents work with: tasks, tools, and a suite of both. ``agents.Tool(...)``, ``agents.Task(...)``."""

from pytest_fmbench.workloads.agents.base import Plan, Wanted
from pytest_fmbench.workloads.agents.suite import SUITE
from pytest_fmbench.workloads.agents.task import Task, says
from pytest_fmbench.workloads.agents.tool import SubAgent, Tool, ToolError

__all__ = ["SUITE", "Plan", "SubAgent", "Task", "Tool", "ToolError", "Wanted", "says"]
