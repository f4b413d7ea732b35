"""Pictures of what is written: glyphs of fonts, lines cut into them, letters drawn anew, sets of either with their labels."""
