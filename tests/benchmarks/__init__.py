"""Measurements that need a quiet machine and some minutes; no tests, so pytest does not collect them.

`python -m tests.benchmarks.sessions --json` opens thirty browser sessions that press Run at the same moment.
`python -m tests.benchmarks.threads --json` computes the same clicks in threads of one process, without browsers.
"""
