"""What the world says: records, facts, corpora and the importers that read them."""
