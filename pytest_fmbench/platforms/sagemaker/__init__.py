"""Amazon SageMaker: endpoints that are made for a deployment and deleted again, or that somebody else runs."""
