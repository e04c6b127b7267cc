"""Where servers run, and how they are started there and surely stopped. One a file."""
