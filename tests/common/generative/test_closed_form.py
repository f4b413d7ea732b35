import numpy as np
import pytest

from common.generative import closed_form

GENERATOR = np.random.default_rng(0)


def test_a_constant_picture_has_the_bits_of_its_noise():
    flat = np.full((3000, 4, 4), 77, np.uint8)
    for full in (False, True):
        assert closed_form.gaussian_bits(flat, flat[:500], 0.0, full) == pytest.approx(0.2546, abs=0.01)


def test_covariances_pay_where_pixels_depend_and_uniform_noise_has_eight_bits():
    uniform = GENERATOR.integers(0, 256, (4000, 3, 3), dtype=np.uint8)
    assert closed_form.gaussian_bits(uniform, uniform, 0.0, False) == pytest.approx(8.2546, abs=0.01)
    same = np.repeat(uniform[:, :1], 3, axis=1)
    assert closed_form.gaussian_bits(same, same, 0.0, True) < closed_form.gaussian_bits(same, same, 0.0, False) - 3
    assert closed_form.histogram_bits(uniform, uniform) == pytest.approx(8, abs=0.1)
    assert closed_form.histogram_bits(same // 128 * 128, same // 128 * 128) == pytest.approx(1, abs=0.1)
    seen = closed_form.gaussian_bits(uniform, uniform, 1e-6, False)
    assert 8 < seen < 8.1, "a logit of uniform numbers is nearly Gaussian"
