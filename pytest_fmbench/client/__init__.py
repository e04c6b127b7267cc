"""Sending requests and recording what comes back: the transport, the decoders, and the wire forms."""
