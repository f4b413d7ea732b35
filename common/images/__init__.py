"""Pictures: reading them, the formats that data sets of them come in, and what is done to whole batches of them."""
