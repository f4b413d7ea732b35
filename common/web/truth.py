"""Which blocks of a page a person's text of it holds: what a classifier of blocks learns."""

from common.web.page import words

RUN = 4  # words of the runs by which a block is found


def shares(texts, gold):
    """How much of each block the truth holds, a list of shares.

    A block of four words and more by the share of its runs of four words; a shorter one counts where it stands in the truth
    and between blocks that do, since scraps such as "Home" are found everywhere.
    """
    wanted = words(gold)
    runs = {tuple(wanted[start : start + RUN]) for start in range(len(wanted))}
    flat = f" {' '.join(wanted)} "
    shares, short = [], []
    for place, text in enumerate(texts):
        found = words(text)
        own = [tuple(found[start : start + RUN]) for start in range(len(found) - RUN + 1)]
        if own:
            shares.append(sum(one in runs for one in own) / len(own))
        else:
            short.append(place)
            shares.append(float(bool(found) and f" {' '.join(found)} " in flat))
    sure = [place for place, share in enumerate(shares) if share > 0.5 and place not in set(short)]
    for place in short:
        if not sure or not sure[0] - 2 <= place <= sure[-1] + 2:
            shares[place] = 0.0
    return shares
