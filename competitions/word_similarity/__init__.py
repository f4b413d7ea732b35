"""Word similarity: how near are two words in meaning? Vectors learnt from plain text alone, by counting and by word2vec."""
