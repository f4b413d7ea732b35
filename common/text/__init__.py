"""Chinese text: normal forms, character ids, words and their vectors."""
