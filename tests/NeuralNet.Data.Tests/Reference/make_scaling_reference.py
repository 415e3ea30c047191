"""What scikit-learn learns from columns of numbers and names: run it to write scaling.json anew.

Debian's python3-sklearn, 1.2.1. Numbers have few digits, so that the tests and scikit-learn are given the same ones, exactly.
"""

import json
import os

import numpy as np
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, PowerTransformer, RobustScaler, StandardScaler

HERE = os.path.dirname(os.path.abspath(__file__))


def columns():
    random = np.random.RandomState(1)
    yield "uniform", np.round(random.uniform(-5, 20, 200), 3)
    yield "normal", np.round(random.normal(100, 15, 301), 2)
    yield "lognormal", np.round(np.exp(random.normal(0, 1, 250)), 4)
    yield "negative", np.round(-np.exp(random.normal(1, 0.5, 120)), 4)
    yield "counts", random.poisson(3, 150).astype(float)
    yield "both", np.round(random.standard_t(3, 180) * 4, 3)
    yield "few", np.array([1.0, 2.0, 4.0, 8.0])
    yield "incomes", np.round(random.gamma(2, 15000, 400))
    yield "small", np.round(random.uniform(0, 1e-3, 100), 7)


def learned(name, x):
    column = x.reshape(-1, 1)
    standard, minmax, robust = (kind().fit(column) for kind in (StandardScaler, MinMaxScaler, RobustScaler))
    power = PowerTransformer().fit(column)
    plain = PowerTransformer(standardize=False).fit(column).transform(column)
    return {
        "name": name, "numbers": x.tolist(),
        "mean": standard.mean_[0], "deviation": standard.scale_[0],
        "least": minmax.data_min_[0], "range": minmax.data_range_[0],
        "median": robust.center_[0], "quartiles": robust.scale_[0],
        "lambda": power.lambdas_[0], "powerMean": plain.mean(), "powerDeviation": plain.std(),
        "powered": power.transform(column[:8])[:, 0].tolist(),
    }


def one_hot():
    train = ["north"] * 4 + ["south"] * 3 + ["east"] * 2 + ["west", "middle"]
    asked = ["north", "east", "west", "south", "unseen", "middle"]
    for count in 1, 2, 3:
        encoder = OneHotEncoder(min_frequency=count, handle_unknown="infrequent_if_exist", sparse_output=False)
        encoder.fit(np.array(train).reshape(-1, 1))
        yield {"minCount": count, "train": train, "asked": asked, "rows": encoder.transform(np.array(asked).reshape(-1, 1)).tolist()}


with open(os.path.join(HERE, "scaling.json"), "w") as file:
    json.dump({"columns": [learned(*column) for column in columns()], "oneHot": list(one_hot())}, file, separators=(",", ":"))
    file.write("\n")
