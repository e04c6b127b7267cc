"""Wire forms: how a prompt is asked and how the reply is read. One a file."""
