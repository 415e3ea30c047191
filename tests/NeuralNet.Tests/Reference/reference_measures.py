"""Measures of random outputs by scikit-learn: of two classes, of several, of labels and of numbers, with ties, weights and single classes.

Debian's python3-sklearn, 1.2.1. Outputs of classes are multiples of 1/64, rows of several add up to 1, numbers are multiples of 1/8 and
weights of 1/4: what the tests and scikit-learn are given is the same, exactly, and whole numbers in the file. A row of weight 0 is absent, so
scikit-learn is not given it. "NaN" stands where scikit-learn refuses a single class, or warns and gives 0 for an average precision
without a row of the class; such classes are left out of means. null: not compared.
"""

import warnings

import numpy as np
import sklearn.metrics as sk
from sklearn.calibration import calibration_curve

from reference_numbers import Raw, results, write

CASES = 50
AVERAGES = "macro", "micro", "weighted"


def ints(values):
    return Raw("[" + ",".join(str(int(v)) for v in np.asarray(values).reshape(-1)) + "]")


def weights(random, case, rows):
    """Of every other case, in quarters; some are 0."""
    w = random.randint(0, 6, rows) if case % 2 else np.full(rows, 4)
    w[random.randint(rows)] += 1 if case % 2 else 0
    return w


def averages(d, p, w, values, **settings):
    for average in AVERAGES:
        for name, of in ("Precision", sk.precision_score), ("Recall", sk.recall_score), ("F1", sk.f1_score):
            values[average + name] = of(d, p, average=average, sample_weight=w, zero_division=0, **settings)


def roc(d, y, w):
    return sk.roc_auc_score(d, y, sample_weight=w) if len(np.unique(d)) == 2 else np.nan


def precision(d, y, w):
    return sk.average_precision_score(d, y, sample_weight=w) if d.any() else np.nan


def over(outputs, of, d, y, w):
    """The mean over the outputs that have a value."""
    values = [of(d[:, i], y[:, i], w) for i in range(outputs)]
    return np.nan if np.all(np.isnan(values)) else np.nanmean(values)


def calibration(d, y, w, bins):
    """A row of weight n/4 is one of n equal rows: calibration_curve takes no weights."""
    d, y = np.repeat(d, (4 * w).astype(int)), np.repeat(y, (4 * w).astype(int))
    happened, said = calibration_curve(d, y, n_bins=bins)
    counts = np.bincount(np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], y), minlength=bins)
    return np.average(np.abs(happened - said), weights=counts[counts > 0])


def loss(d, y, w):
    return sk.log_loss(d, y, sample_weight=w, labels=[0, 1])


def brier(d, y, w):
    return sk.brier_score_loss(d, y, sample_weight=w, pos_label=1)


def case_of(y, d, w, values, **sizes):
    return {**sizes, "y": ints(y), "d": ints(d), "w": ints([] if np.all(w == 4) else w),
            **{name: Raw(results([value], 17).json_text[1:-1]) for name, value in values.items()}}


def two(random, case):
    rows = random.randint(1, 40)
    y, d, w = random.randint(0, 65, rows), random.randint(0, 2, rows), weights(random, case, rows)
    if case % 10 < 2:
        d[:] = case % 10
    if case % 10 in (4, 5):
        y = 8 * (y // 8)
    there = w > 0
    ys, ds, ws = y[there] / 64, d[there], w[there] / 4
    p = (ys >= 0.5).astype(int)
    values = {"accuracy": sk.accuracy_score(ds, p, sample_weight=ws), "logLoss": loss(ds, ys, ws), "brier": brier(ds, ys, ws),
              "rocAuc": roc(ds, ys, ws), "averagePrecision": precision(ds, ys, ws), "calibrationError": calibration(ds, ys, ws, 10),
              "balancedAccuracy": sk.balanced_accuracy_score(ds, p, sample_weight=ws), "matthews": sk.matthews_corrcoef(ds, p, sample_weight=ws)}
    for name, of in ("precision", sk.precision_score), ("recall", sk.recall_score), ("f1", sk.f1_score):
        undefined = {"precision": not p.any(), "recall": not ds.any(), "f1": not (p.any() or ds.any())}[name]
        values[name] = np.nan if undefined else of(ds, p, sample_weight=ws)
    averages(ds, p, ws, values)
    return case_of(y, d, w, values)


def several(random, case):
    rows, classes = random.randint(1, 40), random.randint(2, 7)
    y = random.multinomial(64, random.dirichlet(np.full(classes, 0.7)), rows)
    d, w = random.randint(0, classes, rows), weights(random, case, rows)
    if case % 10 < 2:
        d[:] = random.randint(classes)
    elif case % 10 < 6:
        d = np.where(d == classes - 1, 0, d)  # a class that no row is of
    there = w > 0
    ys, ds, ws = y[there] / 64, d[there], w[there] / 4
    p, one = ys.argmax(axis=1), np.eye(classes, dtype=int)[d[there]]
    confidence, right = (ys[:, 1], ds == 1) if classes == 2 else (ys.max(axis=1), p == ds)
    outputs = ys[:, 1:], one[:, 1:]
    if classes > 2:
        outputs = ys, one
    values = {"accuracy": sk.accuracy_score(ds, p, sample_weight=ws), "logLoss": sk.log_loss(ds, ys, sample_weight=ws, labels=range(classes)),
              "brier": sum(brier(outputs[1][:, i], outputs[0][:, i], ws) for i in range(outputs[0].shape[1])),
              "rocAuc": over(outputs[0].shape[1], roc, outputs[1], outputs[0], ws),
              "averagePrecision": over(outputs[0].shape[1], precision, outputs[1], outputs[0], ws),
              "calibrationError": calibration(right.astype(int), confidence, ws, 10),
              "balancedAccuracy": sk.balanced_accuracy_score(ds, p, sample_weight=ws), "matthews": sk.matthews_corrcoef(ds, p, sample_weight=ws)}
    if classes > 2:
        # Of equal outputs scikit-learn takes the last, ArgMax the first: mirrored, they are the same.
        values["top2"] = sk.top_k_accuracy_score(classes - 1 - ds, ys[:, ::-1], k=2, sample_weight=ws, labels=range(classes))
        if len(np.unique(ds)) == classes:
            assert abs(values["rocAuc"] - sk.roc_auc_score(ds, ys, multi_class="ovr", sample_weight=ws)) < 1e-14
    else:
        values["top2"] = 1
    averages(ds, p, ws, values)
    return case_of(y, d, w, values, classes=classes)


def labels(random, case):
    rows, count = random.randint(1, 30), random.randint(2, 5)
    y, w = random.randint(0, 65, (rows, count)), weights(random, case, rows)
    d = random.randint(0, 2, (rows, count))
    if case % 5 == 0:
        d[:, 0] = case % 2
    if case % 5 == 1:
        y = 16 * (y // 16)
    there = w > 0
    ys, ds, ws = y[there] / 64, d[there], w[there] / 4
    p = (ys >= 0.5).astype(int)
    values = {"accuracy": sk.accuracy_score(ds, p, sample_weight=ws), "labelAccuracy": 1 - sk.hamming_loss(ds, p, sample_weight=ws),
              "logLoss": over(count, loss, ds, ys, ws), "brier": over(count, brier, ds, ys, ws),
              "rocAuc": over(count, roc, ds, ys, ws), "averagePrecision": over(count, precision, ds, ys, ws),
              "calibrationError": calibration(ds.reshape(-1), ys.reshape(-1), np.repeat(ws, count), 10)}
    averages(ds, p, ws, values)
    return case_of(y, d, w, values, classes=count)


def numbers(random, case):
    rows, count = random.randint(1, 30), random.randint(1, 4)
    y, d, w = random.randint(-40, 40, (rows, count)), random.randint(-40, 40, (rows, count)), weights(random, case, rows)
    d[d == 0] = 1
    if case % 5 == 0:
        d[:, 0] = 3
    if case % 10 == 0:
        y[:, 0] = 3
    if case % 7 == 0:
        d[0, 0] = 0
    there = w > 0
    ys, ds, ws = y[there] / 8, d[there] / 8, w[there] / 4
    values = {"r2": sk.r2_score(ds, ys, sample_weight=ws), "meanAbsoluteError": sk.mean_absolute_error(ds, ys, sample_weight=ws),
              "rootMeanSquareError": np.sqrt(sk.mean_squared_error(ds, ys, sample_weight=ws)),
              "meanAbsolutePercentageError": sk.mean_absolute_percentage_error(ds, ys, sample_weight=ws)}
    return case_of(y, d, w, values, classes=count)


def measures():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write("measures.json", {make.__name__: [make(np.random.RandomState(1000 * seed + case), case) for case in range(CASES)]
                                for seed, make in enumerate((two, several, labels, numbers))})
