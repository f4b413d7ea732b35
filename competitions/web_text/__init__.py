"""Web text: the main text of any page, and the posts of any forum's thread, from what the pages of a site share."""
