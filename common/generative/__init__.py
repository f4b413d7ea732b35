"""Parts of models that make data: autoencoders with a distribution inside, flows, and what their likelihoods are quoted in;
networks that play against a critic, what both sides pay, and critics with a bounded slope.

Each lies in its own module: `bounds`, `variational`, `flows`; `adversarial`, `criteria`, `lipschitz`.
"""
