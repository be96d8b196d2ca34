"""From a choice to what the browser may load, and which cookies pass."""
