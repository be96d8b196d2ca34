"""The third parties that would follow a reader, played for real: see README.md beside this."""
