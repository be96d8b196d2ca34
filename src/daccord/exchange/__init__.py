"""One request and its response, as values: what every adapter does and no adapter decides."""
