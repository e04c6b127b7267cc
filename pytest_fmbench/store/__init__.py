"""What a session leaves on disk: the crash-safe spool, requests.parquet, and what they were made with."""
