"""The catalog: typed facts, their DuckDB snapshot, and the questions that pages ask of it."""
