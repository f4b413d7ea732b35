"""Parts of models that make data: autoencoders with a distribution inside, flows, and what their likelihoods are quoted in.

Each lies in its own module: `bounds`, `variational`, `flows`.
"""
