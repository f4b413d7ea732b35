"""What a person looks at: tables, pictures, saliency."""
