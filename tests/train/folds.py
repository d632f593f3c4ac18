"""Statement of the folds with CPython's random module; prints the fixture folds.json.

Plain folds: for each class, the ids in file order are shuffled after seeding, and each fold takes the next
ceil(items / folds). Grouped folds: the groups in the order of their first items are shuffled, sorted by falling variance
of their class counts, and go to the fold in which the sum of squared class shares grows least.
"""
import json
import random

FOLDS = 5


def plain(labels, seed):
    folds = {}
    for c in sorted(set(labels.values())):
        ids = [i for i in labels if labels[i] == c]
        random.seed(seed)
        random.shuffle(ids)
        size = (len(ids) - 1) // FOLDS + 1
        for position, i in enumerate(ids):
            folds[i] = position // size
    return folds


def grouped(labels, groups, seed):
    classes = sorted(set(labels.values()))
    total = [sum(1 for i in labels if labels[i] == c) for c in classes]
    names = list(dict.fromkeys(groups[i] for i in labels))
    counts = {g: [sum(1 for i in labels if groups[i] == g and labels[i] == c) for c in classes] for g in names}
    random.seed(seed)
    random.shuffle(names)
    k = len(classes)
    names.sort(key=lambda g: -(k * sum(n * n for n in counts[g]) - sum(counts[g]) ** 2))
    have = [[0] * k for _ in range(FOLDS)]
    where = {}
    for g in names:
        def key(f):
            cost = 0.0
            for n, h, t in zip(counts[g], have[f], total):
                cost += n * (2 * h + n) / (t * t)
            return cost, sum(have[f])
        best = min(range(FOLDS), key=key)
        where[g] = best
        have[best] = [h + n for h, n in zip(have[best], counts[g])]
    return {i: where[groups[i]] for i in labels}


maker = random.Random(2026)
ids = [f"item{n:03}" for n in range(67)]
maker.shuffle(ids)
labels, groups = {}, {}
for i in ids:
    labels[i] = maker.choice(["rock", "jazz", "jazz", "pop", "pop", "pop"])
    # Some groups have items of two classes.
    groups[i] = f"{labels[i] if maker.random() < 0.8 else 'mixed'}-{maker.randrange(7)}"
seeds = list(range(18)) + [2**32 - 1, 2**32 + 5]
print(json.dumps({
    "labels": labels,
    "groups": groups,
    "seeds": {str(s): {"plain": plain(labels, s), "grouped": grouped(labels, groups, s)} for s in seeds},
}, indent=0))
