"""Fashion-MNIST: which of ten kinds of clothes is it? And any set of small grey pictures with a class each."""
