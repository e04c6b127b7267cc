"""Model weights on this machine: pinned files, files of the Hugging Face Hub, and fetching each of them once."""
