"""Where results go: terminal, JUnit, Markdown, Allure. Each reads summaries and knows nothing of how they came."""
