"""What the reader is shown and asked."""
