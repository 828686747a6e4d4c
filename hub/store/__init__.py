"""Where does the hub keep what it must never lose? One protocol and its implementations."""
