"""Chinese segmentation: the words of a sentence, from a dictionary alone or from segmented text (SIGHAN bakeoff 2005)."""
