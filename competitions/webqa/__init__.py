"""WebQA / SogouQA: answer a question from passages, with dilated gated convolutions and span pointers."""
