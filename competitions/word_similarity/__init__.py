"""Word similarity: how near are two words in meaning? Word vectors learnt from plain text alone, by word2vec in Keras."""
