"""Amazon's cloud: what its platforms share. Each platform is a file, or a folder, beside it."""
