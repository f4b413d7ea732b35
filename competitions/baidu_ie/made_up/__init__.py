"""The made-up world of the sample, and the sentences that are told of it."""
