"""What servers, accelerators and hosts tell of themselves while a run lasts. One source a file."""
