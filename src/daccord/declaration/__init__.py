"""The publisher's declaration: from TOML to a value that may be trusted."""
