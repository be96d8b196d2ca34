"""The pictures of the demo's newspaper, drawn in code: `python -m art.pull`."""
