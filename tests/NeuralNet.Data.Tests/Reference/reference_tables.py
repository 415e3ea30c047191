"""Writes tables.json: what scikit-learn's MLP with a ColumnTransformer reaches on two small real tables, for ten divisions into training and test.

    /usr/bin/python3 reference_tables.py FOLDER_OF_THE_TABLES

The rows of each test part stand in the file, so that the tests of NeuralNet.Data divide alike. Of three usual settings of the MLP the file has the
one that is best in the mean over the ten test parts, which favours scikit-learn. Made with scikit-learn 1.2.1 and pandas 1.5.3 (Debian 12).
"""
import json
import os
import sys
import warnings

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

warnings.filterwarnings("ignore")
SEEDS = range(10)
SETTINGS = {
    "(100,), Adam, 2000 epochs": dict(max_iter=2000),
    "(64, 32), Adam, 2000 epochs": dict(hidden_layer_sizes=(64, 32), max_iter=2000),
    "(64, 32), Adam, early stopping": dict(hidden_layer_sizes=(64, 32), max_iter=2000, early_stopping=True, n_iter_no_change=30),
}


def columns(numbers, categories):
    return ColumnTransformer([
        ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
        ("categories", make_pipeline(SimpleImputer(strategy="constant", fill_value="missing"), OneHotEncoder(handle_unknown="ignore")), categories),
    ], sparse_threshold=0)


def classification(x, y, test, make):
    train = np.setdiff1d(np.arange(len(x)), test)
    model = make_pipeline(columns(*PENGUINS), make)
    model.fit(x.iloc[train], y[train])
    return {"accuracy": accuracy_score(y[test], model.predict(x.iloc[test])),
            "logLoss": log_loss(y[test], model.predict_proba(x.iloc[test]), labels=model.classes_)}


def regression(x, y, test, make):
    train = np.setdiff1d(np.arange(len(x)), test)
    model = TransformedTargetRegressor(make_pipeline(columns(*CARS), make), transformer=StandardScaler())
    model.fit(x.iloc[train], y[train])
    guess = model.predict(x.iloc[test])
    return {"rmse": mean_squared_error(y[test], guess) ** 0.5, "mae": mean_absolute_error(y[test], guess)}


def run(x, y, tests, score, first, mlp, dummy, boosting):
    results = {}
    for name, settings in SETTINGS.items():
        results[name] = [score(x, y, test, mlp(random_state=seed, **settings)) for seed, test in zip(SEEDS, tests)]
    mean = {name: np.mean([r[first] for r in rows]) for name, rows in results.items()}
    best = (max if first == "accuracy" else min)(mean, key=mean.get)
    for name, rows in results.items():
        print(name, {key: round(float(np.mean([r[key] for r in rows])), 4) for key in rows[0]})
    other = {name: [score(x, y, test, make) for test in tests] for name, make in (("baseline", dummy), ("boosting", boosting))}
    for name, rows in other.items():
        print(name, {key: round(float(np.mean([r[key] for r in rows])), 4) for key in rows[0]})
    return {"setting": best, "mlp": results[best], **other, "test": [[int(row) for row in test] for test in tests]}


folder = sys.argv[1]
penguins = pd.read_csv(os.path.join(folder, "penguins.csv"))
PENGUINS = (["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", "year"], ["island", "sex"])
species = penguins["species"].to_numpy()
penguin_tests = [np.sort(train_test_split(np.arange(len(penguins)), test_size=0.2, random_state=seed, stratify=species)[1]) for seed in SEEDS]

cars = pd.read_csv(os.path.join(folder, "auto-mpg.data"), sep=r"\s+", quoting=3, na_values="?", header=None, usecols=range(8), names=[
    "mpg", "cylinders", "displacement", "horsepower", "weight", "acceleration", "year", "origin"])
CARS = (["cylinders", "displacement", "horsepower", "weight", "acceleration", "year"], ["origin"])
cars["origin"] = cars["origin"].astype(str)
mpg = cars["mpg"].to_numpy()
car_tests = [np.sort(train_test_split(np.arange(len(cars)), test_size=0.2, random_state=seed)[1]) for seed in SEEDS]

result = {
    "penguins": run(penguins.drop(columns="species"), species, penguin_tests, classification, "accuracy", MLPClassifier, DummyClassifier(),
                    HistGradientBoostingClassifier(random_state=0)),
    "cars": run(cars.drop(columns="mpg"), mpg, car_tests, regression, "rmse", MLPRegressor, DummyRegressor(),
                HistGradientBoostingRegressor(random_state=0)),
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "tables.json"), "w") as file:
    json.dump(result, file, separators=(",", ":"))
    file.write("\n")
