"""A witness for other people's logs: it signs that a log only ever grew."""
