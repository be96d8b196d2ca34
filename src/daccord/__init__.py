"""daccord: the promises of a cookie notice, kept by the browser and provable."""

__version__ = "0.1.0"
