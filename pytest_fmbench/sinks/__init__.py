"""Where results go: terminal, JUnit, Markdown, Allure. Each reads plain summaries and knows nothing of how they came about."""
