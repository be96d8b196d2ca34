"""A receipt in the formats that others read: every field mapped, or said to be unavailable."""
