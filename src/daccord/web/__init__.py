"""Adapters: a framework's request and response around the pure exchange."""
