"""What all contests do alike, said once: folds, runs that resume, ways to blend, checked submissions."""
