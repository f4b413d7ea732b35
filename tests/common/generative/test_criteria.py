import keras
import numpy as np
import pytest
from keras import ops

from common.generative.criteria import CRITERIA, DIVERGENCES, CriticLoss, criterion_of
from common.training.gradients import gradient
from tests.conftest import check_loss, eager

BACKEND = pytest.mark.backend
RANDOM = np.random.default_rng(0)
EACH = pytest.mark.parametrize("name", DIVERGENCES)
RAW = np.array([-80, -15, -1, 0, 1, 15, 80], "float32")
# T and g(T) at -15, -1, 0, 1, 15, worked out in float64
GOLDEN = {
    "total_variation": ([-0.5, -0.380797, 0, 0.380797, 0.5], [-0.5, -0.380797, 0, 0.380797, 0.5]),
    "kl": ([-15, -1, 0, 1, 15], [1.12535e-07, 0.135335, 0.367879, 1, 1.202604e06]),
    "reverse_kl": ([-3.059023e-07, -0.367879, -1, -2.718282, -3.269017e06], [14, 0, -1, -2, -16]),
    "chi_square_over_real": ([1, 0.632121, 0, -1.718282, -3.269016e06], [1.998894, 0.786939, 0, -1.297443, -3614.0848]),
    "chi_square_over_made": ([-2, -1.632121, -1, 0.718282, 3.269015e06], [-1, -0.966166, -0.75, 0.847264, 2.671619e12]),
    "hellinger": ([1, 0.632121, 0, -1.718282, -3.269016e06], [3.269016e06, 1.718282, 0, -0.632121, -0.9999997]),
    "jeffreys": ([-15, -1, 0, 1, 15], [-3.520982, -0.800654, 0, 1.330366, 1.202618e06]),
    "jensen_shannon": ([-7.153426, -0.310057, 0, 0.189943, 0.346573], [-0.346573, -0.189943, 0, 0.310057, 7.153426]),
}
RANGES = {
    "total_variation": (-0.5, 0.5),
    "reverse_kl": (-np.inf, 0),
    "chi_square_over_real": (-np.inf, 1),
    "chi_square_over_made": (-2, np.inf),
    "hellinger": (-np.inf, 1),
    "jensen_shannon": (-np.inf, 0.5 * np.log(2) + 1e-7),
}
KNOWN = {  # N(0, 1) against N(1, 1) and N(0, 2), as mean and deviation
    (1, 1): dict(zip(DIVERGENCES, (0.382925, 0.5, 0.5, 1.718282, 1.718282, 0.235006, 1.0, 0.111421), strict=True)),
    (0, 2): dict(zip(DIVERGENCES, (0.322675, 0.318147, 0.806853, np.inf, 0.511858, 0.211146, 1.125, 0.092733), strict=True)),
}


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


def pair(name, v):
    """T and g(T) of raw outputs, float64."""
    row, v = DIVERGENCES[name], ops.convert_to_tensor(np.asarray(v, "float32"))
    return tuple(np.asarray(ops.convert_to_numpy(found), float) for found in (row.output(v), row.conjugate(v)))


@BACKEND
@EACH
def test_the_rows_have_their_values_and_stay_finite_with_a_gradient_at_extreme_outputs(name):
    t, g = pair(name, RAW)
    assert np.isfinite(t).all() and np.isfinite(g).all()
    np.testing.assert_allclose(t[1:-1], GOLDEN[name][0], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(g[1:-1], GOLDEN[name][1], rtol=1e-4, atol=1e-6)
    least, most = RANGES.get(name, (-np.inf, np.inf))
    assert least <= t.min() and t.max() <= most
    assert (t - g).max() <= 1e-6, "a critic that knows nothing gains nothing"
    rule = criterion_of(name)
    for cost in (rule.real, rule.fake):
        slope, _ = gradient(lambda v, cost=cost: (ops.sum(cost(v)), ()), ops.convert_to_tensor(RAW))
        assert np.isfinite(ops.convert_to_numpy(slope)).all()


@EACH
def test_fenchel_and_young_hold_with_equality_at_the_slope(name):
    row, u = DIVERGENCES[name], np.exp(np.linspace(-3.9, 4, 32))
    t, g = pair(name, np.concatenate([np.linspace(-60, 12, 14_401), RAW]))
    gap = (row.f(u)[:, None] + g - u[:, None] * t) / (1 + u[:, None] * np.abs(t) + np.abs(g))
    assert gap.min() > -1e-6
    best = t[gap.argmin(axis=1)]
    np.testing.assert_allclose(best, row.slope(u), rtol=0.02, atol=0.02)
    assert gap.min(axis=1).max() < 1e-4
    assert row.f(1.0) == 0


def density(mean, deviation, x):
    return np.exp(-0.5 * ((x - mean) / deviation) ** 2) / (deviation * np.sqrt(2 * np.pi))


@EACH
@pytest.mark.parametrize("other", KNOWN)
def test_divergences_of_gaussians_have_their_known_values_by_f_and_by_the_best_critic(name, other):
    row, known, x = DIVERGENCES[name], KNOWN[other][name], np.linspace(-12, 13, 50_001)
    if np.isfinite(known):
        assert row.between(density(0, 1, x), density(*other, x), x[1] - x[0]) == pytest.approx(known, rel=1e-4)

    def best(x):
        """The raw output whose T is f'(p / q)."""
        u = density(0, 1, x) / density(*other, x)
        return {
            "total_variation": 30 * np.sign(u - 1),
            "kl": np.log(u) + 1,
            "reverse_kl": -np.log(u),
            "chi_square_over_real": -2 * np.log(u),
            "chi_square_over_made": np.log(2 * u),
            "hellinger": -0.5 * np.log(u),
            "jeffreys": np.log(u) + 1 - 1 / u,
            "jensen_shannon": np.log(u),
        }[name]

    if np.isfinite(known):
        x = x[np.abs(x) < 10]
        p, q = density(0, 1, x), density(*other, x)
        t, g = pair(name, best(x))
        assert (p * t - q * g).sum() * (x[1] - x[0]) == pytest.approx(known, rel=3e-3)


def fitted(criterion, p, q):
    """Coefficients of the quadratic raw output that `fit` finds, and its loss."""
    x = np.concatenate([p, q])
    labels = (np.arange(len(x)) < len(p)).astype("float32")[:, None]
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 100)), CriticLoss(criterion))
    inputs = np.stack([x, x**2], axis=1).astype("float32")
    model.fit(inputs, labels, batch_size=2000, epochs=2, verbose=0)
    kernel, bias = model.get_weights()
    return [*bias, *kernel[:, 0]], model.evaluate(inputs, labels, batch_size=len(x), verbose=0)


def test_a_critic_learns_the_divergence_and_the_ratio_of_densities_from_samples():
    p, q = RANDOM.normal(size=50_000), RANDOM.normal(1, 1, size=50_000)
    found, loss = fitted("kl", p, q)
    assert -loss == pytest.approx(0.5, rel=0.05)
    np.testing.assert_allclose(found, [1.5, -1, 0], atol=0.1)  # 1 + log p/q
    found, _ = fitted("non_saturating", p, q)
    np.testing.assert_allclose(found, [0.5, -1, 0], atol=0.1)  # log p/q: D is its logistic


def test_the_joint_divergence_of_two_tables_is_that_of_the_data_and_the_mean_of_those_of_the_codes():
    of = DIVERGENCES["kl"].between
    p, q = (RANDOM.dirichlet(np.ones(20)).reshape(4, 5) for _ in range(2))  # samples x, codes z
    data, model = p.sum(axis=1), q.sum(axis=1)
    codes = sum(data[x] * of(p[x] / data[x], q[x] / model[x]) for x in range(4))
    assert of(p, q) == pytest.approx(of(data, model) + codes, abs=1e-12)
    assert of(p, q) == pytest.approx(DIVERGENCES["reverse_kl"].between(q, p), abs=1e-12)


@BACKEND
def test_two_rows_are_the_ordinary_game_and_that_of_exponentials():
    real, fake = (ops.convert_to_tensor(RANDOM.normal(size=(6, 1)).astype("float32")) for _ in range(2))

    def cost(name):
        return float(criterion_of(name).critic(real, fake))

    assert 2 * cost("jensen_shannon") + 2 * np.log(2) == pytest.approx(cost("vanilla"), rel=1e-5)
    expected = float(ops.mean(ops.exp(real)) + ops.mean(ops.exp(-fake))) - 2
    assert cost("hellinger") == pytest.approx(expected, rel=1e-5)


@BACKEND
def test_makers_pay_what_their_criterion_says():
    real, fake = ops.convert_to_tensor([[1.0], [3.0]]), ops.convert_to_tensor([[2.0], [-1.0]])

    def softplus(*values):
        return np.log1p(np.exp(np.array(values)))

    for name, expected in {
        "vanilla": -softplus(2, -1).mean(),
        "non_saturating": softplus(-2, 1).mean(),
        "hinge": -0.5,
        "wasserstein": -0.5,
        "relativistic": softplus(-1, 4).mean(),
    }.items():
        assert float(criterion_of(name).maker(real, fake)) == pytest.approx(expected, rel=1e-5), name
    assert float(criterion_of("hinge").critic(real, fake)) == pytest.approx(1.5)  # (0 + 0) / 2 + (3 + 0) / 2
    saturating, plain = (criterion_of("kl", saturating).maker(None, fake) for saturating in (True, False))
    assert float(saturating) == pytest.approx(-np.exp([1.0, -2.0]).mean(), rel=1e-5)
    assert float(plain) == pytest.approx(-0.5)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=BACKEND if name == "jeffreys" else ()) for name in CRITERIA if name != "relativistic"],
)
def test_the_loss_of_a_critic_keeps_what_losses_keep(name):
    with eager():
        check_loss(CriticLoss(name), RANDOM.integers(0, 2, (8, 3)), RANDOM.uniform(0.1, 0.9, (8, 3)).astype("float32"))


def test_names_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match="There is no criterion 'hing'; there are vanilla"):
        criterion_of("hing")
    with pytest.raises(ValueError, match="compares pairs"):
        CriticLoss("relativistic")
