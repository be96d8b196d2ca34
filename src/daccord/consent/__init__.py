"""The reader's choice, and the forms it takes: cookie, signal, record."""
