"""AWS's control plane over HTTP on this machine: a stand-in. ``docs/aws-standin.md`` says what of it is true."""
