"""Where consents are made durable before they hold."""
