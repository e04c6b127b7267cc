"""Before anything is measured: a server is asked a few things, and a workload fitted to it."""
