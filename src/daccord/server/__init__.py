"""daccord put together: settings, ledger, exchange and adapter."""
