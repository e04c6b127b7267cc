"""A load and a workload that go together, and how true a replay was."""
