"""A model that plays an agent."""
