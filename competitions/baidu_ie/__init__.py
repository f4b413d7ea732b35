"""Baidu 2019: extract (subject, predicate, object) triples from sentences."""
