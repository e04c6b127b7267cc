"""Where results go: terminal, JUnit. Each reads plain summaries and knows nothing of how they came about."""
