"""The suite's own fixtures; the plugin brings the rest."""

pytest_plugins = ["fixtures.deployments"]
