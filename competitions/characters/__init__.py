"""Characters (OCR series of kexue.fm, 2016): say which of some thousand printed or handwritten characters a picture shows."""
