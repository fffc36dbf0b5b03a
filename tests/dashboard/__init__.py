"""Tests of the dashboard: pure functions, pages through AppTest, and hostile text in a real browser."""
