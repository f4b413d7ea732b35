"""The pages, and what makes a site and the picture of README."""
