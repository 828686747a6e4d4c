"""How does a message reach a person? The durable outbox to people and its channels."""
