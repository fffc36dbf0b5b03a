"""Language models behind one interface: the embedded one, and a deterministic echo for tests."""
