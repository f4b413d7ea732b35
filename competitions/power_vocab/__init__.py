"""Power vocabulary: mine the words of a domain from raw text, without labels."""
