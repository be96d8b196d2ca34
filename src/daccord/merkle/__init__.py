"""The log as mathematics: RFC 6962 tree, tiles, proofs, signed notes (C2SP). Pure."""
