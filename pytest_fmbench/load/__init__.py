"""When to ask: arrivals (pure), the driver that keeps to them, and the process that it runs in."""
