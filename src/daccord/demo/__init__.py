"""A small newspaper, and the third parties that would follow its readers."""
