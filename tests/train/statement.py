"""Statement of training in Python: NumPy and LIBSVM, written from the published behaviour.

Usage: statement.py DATA.json > fixture.json. DATA has labels (in file order), groups of no use here, and descriptors as
id -> name -> number or list. The grid, the folds, the transformations and the scores are stated without any code of the
program; the fixture has the scores of every point, the ranking, the winner and its confusion matrix.
"""
import json
import random
import sys
from fnmatch import fnmatchcase

import numpy as np
from libsvm.svmutil import svm_parameter, svm_predict, svm_problem, svm_train

FOLDS, SEED = 5, 1
data = json.load(open(sys.argv[1]))
labels = data["labels"]
ids = sorted(labels)
classes = sorted(set(labels.values()))
y = np.array([classes.index(labels[i]) for i in ids])
names = sorted(data["descriptors"][ids[0]])
f32 = np.float32


def folds():
    where = {}
    for c in classes:
        own = [i for i in labels if labels[i] == c]
        random.seed(SEED)
        random.shuffle(own)
        size = -(-len(own) // FOLDS)
        for position, i in enumerate(own):
            where[i] = position // size
    return np.array([where[i] for i in ids])


def table(keep):
    """Columns by descriptor: name -> matrix of f32."""
    columns = {}
    for name in names:
        values = [data["descriptors"][i][name] for i in ids]
        if isinstance(values[0], str) or not keep(name):
            continue
        columns[name] = np.array([v if isinstance(v, list) else [v] for v in values], f32)
    return columns


def clean(columns, train):
    def useless(m):
        return not np.isfinite(m[train]).all() or ((m[train].max(0) - m[train].min(0)) < f32(1e-7)).all()
    return {n: m for n, m in columns.items() if not useless(m)}


def affine(m, low, high):
    span = high - low
    with np.errstate(divide="ignore", invalid="ignore"):
        a = np.where(span > 0, f32(1) / span, f32(0)).astype(f32)
    b = (-low * a).astype(f32)
    return (a * m + b).astype(f32)


def normalize(columns, train, independent):
    out = {}
    for n, m in columns.items():
        low, high = m[train].min(0), m[train].max(0)
        if not independent:
            low, high = low.min(), high.max()
        out[n] = affine(m, low, high)
    return out


def inverse_normal(p):
    """Quantile of the normal distribution by bisection of erf; returns erfinv(2 p - 1)."""
    from math import erf
    low, high = -6.0, 6.0
    for _ in range(200):
        middle = (low + high) / 2
        if erf(middle) < 2 * p - 1:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def gaussianize(columns, train, keep):
    n = int(train.sum())
    results = [0.0] * (n + 1)
    for rank in range(n + 1):
        r = 1 if rank == 0 else n - 1 if rank == n else rank
        results[rank] = f32(inverse_normal(r / n))
    out = {}
    for name, m in columns.items():
        if not keep(name):
            out[name] = m
            continue
        mapped = np.empty_like(m)
        for d in range(m.shape[1]):
            v = np.sort(m[train, d])
            for t in range(len(m)):
                x = m[t, d]
                if x < v[0]:
                    rank = 0
                elif x > v[-1]:
                    rank = n
                else:
                    rank = min(int(np.searchsorted(v, x, side="right")), n - 1)
                mapped[t, d] = results[rank]
        out[name] = mapped
    return out


IGNORED = ["metadata.*", "*dmean*", "*dvar*", "*.min", "*.max", "*cov", "tonal.thpcp", "lowlevel.spectral_energyband_high.*",
           "lowlevel.silence_rate*", "rhythm.bpm_histogram", "lowlevel.melbands128.*"]


def basic(name):
    return not any(fnmatchcase(name, p) for p in IGNORED)


VARIANTS = {
    "basic": basic,
    "lowlevel": lambda n: basic(n) and n.startswith("lowlevel"),
    "nobands": lambda n: basic(n) and not any(s in n for s in ("barkbands", "energyband", "melbands", "erbbands")),
    "normalized": basic,
    "gaussianized": basic,
    "mfcc": lambda n: basic(n) and n.startswith("lowlevel.mfcc"),
}
fold_of = folds()
everything = np.ones(len(ids), bool)
points = []
for variant, keep in VARIANTS.items():
    merged = clean(table(lambda n: True), everything)
    columns = {n: m for n, m in merged.items() if keep(n)}
    dimensions = sum(m.shape[1] for m in columns.values())
    prepared = []
    for fold in range(FOLDS):
        train = fold_of != fold
        part = columns
        if variant in ("normalized", "gaussianized"):
            part = normalize(part, train, False)
        if variant == "gaussianized":
            part = gaussianize(part, train, lambda n: n.startswith("lowlevel."))
        part = normalize(clean(part, train), train, True)
        prepared.append((train, np.concatenate([part[n] for n in sorted(part)], 1).astype(float)))
    for kernel in ("poly", "RBF"):
        for c in data["grid"]["C"]:
            for gamma in data["grid"]["gamma"]:
                for balance in (False, True):
                    predicted = np.zeros(len(ids), int)
                    for fold, (train, x) in enumerate(prepared):
                        own = y[train]
                        text = f"-q -s 0 -t {1 if kernel == 'poly' else 2} -d 3 -r 0 -g {2.0 ** gamma!r} -c {2.0 ** c!r}"
                        if balance:
                            present = sorted(set(own))
                            for k in present:
                                text += f" -w{k} {len(own) / (int((own == k).sum()) * len(present))!r}"
                        model = svm_train(svm_problem(own.tolist(), x[train].tolist()), svm_parameter(text))
                        got, _, _ = svm_predict([0] * int((~train).sum()), x[~train].tolist(), model, "-q")
                        predicted[~train] = got
                    per_fold = [100 * (predicted[fold_of == f] == y[fold_of == f]).mean() for f in range(FOLDS)]
                    recalls = []
                    for f in range(FOLDS):
                        own = fold_of == f
                        present = sorted(set(y[own]))
                        recalls.append(np.mean([100 * (predicted[own & (y == k)] == k).mean() for k in present]))
                    points.append({
                        "preprocessing": variant, "kernel": kernel, "C": c, "gamma": gamma, "balance": balance,
                        "dimensions": dimensions,
                        "accuracy": 100 * float((predicted == y).mean()), "accuracy_std": float(np.std(per_fold)),
                        "normalized": float(np.mean(recalls)), "normalized_std": float(np.std(recalls)),
                        "matrix": [[int(((y == a) & (predicted == p)).sum()) for p in range(len(classes))]
                                   for a in range(len(classes))],
                    })


def order(p):
    # The last key is the order of the canonical texts of points that are equal in all else.
    text = (str(p["balance"]).lower(), p["kernel"], p["preprocessing"])
    return (-round(p["accuracy"], 9), -round(p["normalized"], 9), round(p["accuracy_std"], 9), p["dimensions"], p["C"],
            p["gamma"], text)


points.sort(key=order)
print(json.dumps({"classes": classes, "folds": dict(zip(ids, fold_of.tolist())), "points": points}, indent=0))
