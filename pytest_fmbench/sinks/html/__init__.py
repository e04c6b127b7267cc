"""A session as one page of HTML that needs nothing else: ``report.html``."""
