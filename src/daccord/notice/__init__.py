"""What the reader is shown and asked: a declaration and a choice go in, HTML comes out.

Everything here is plain HTML that works with JavaScript and CSS off. One word on each file:

- `words`, `catalogues`, `territories`: texts per language; `language`: which one.
- `assets`: the built style sheets and scripts, as strings; `evidence`: their hashes.
- `strip`: green, red or split, by colour, word and shape.
- `notice`, `first_layer`, `customise`: what is put into every page.
- `placeholder`: what stands where a refused embed would be.
- `policy`, `error`, `page`: pages of our own.
"""
