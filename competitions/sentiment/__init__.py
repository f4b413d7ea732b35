"""Sentiment: which way does a review lean? Chinese and English, without pretrained weights; and any texts with a label each."""
