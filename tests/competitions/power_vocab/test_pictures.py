from types import SimpleNamespace

from competitions.power_vocab import pictures


def test_no_two_curves_look_alike(monkeypatch, tmp_path):
    drawn = []
    monkeypatch.setattr(pictures.plots, "save", lambda figure, path: drawn.append(figure))
    rankings = {f"ranking {number}": ["母线", "天气"] for number in range(16)}
    pictures.precision_recall(rankings, SimpleNamespace(gold=("母线",), seeds=()), tmp_path / "curves.png")
    (axes,) = drawn[0].axes
    curves = [line for line in axes.lines if line.get_label() in rankings]
    assert len({(line.get_color(), line.get_linestyle()) for line in curves}) == len(rankings)
    pictures.plt.close(drawn[0])
