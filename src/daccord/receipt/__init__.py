"""What proves one consent to somebody who trusts nobody: record, salt, proof. Pure."""
