"""The largest rate that holds an SLA: probes at many rates, and what is told of them."""
