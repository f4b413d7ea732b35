"""Generation: pictures or sentences like those of a set, by adversaries, autoencoders and flows. Judged by what each can be."""
