"""The use cases, and the only room that combines the others: have a server, measure it, sum up what was measured."""
