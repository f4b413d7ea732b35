"""Web pages: their text, what they share with other pages of their site, the main text, the posts of a thread."""
