"""What real agents did, as OpenTelemetry recorded it."""
