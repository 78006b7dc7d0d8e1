"""Trains a model that tells which customers will not come back in the next quarter.

usage: train.py EXPORT_DIR [MODEL_DIR]

Reads the newest export of marts.customer_quarter: one row per customer and quarter, with features
that were known when the quarter ended, and the label churned_next_quarter. Learns from all quarters
but the newest labelled one and is judged by that one, so it is judged by a time that it has not
seen. Writes model.json: where the rows came from, the model itself, and how good it is.
"""

import datetime
import json
import os
import re
import sys
import tempfile

import numpy
import pandas
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, brier_score_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from read_export import BadExport, Export, read_newest

TABLE = "marts.customer_quarter"
KEY = ["customer_id", "quarter_start"]
LABEL = "churned_next_quarter"
NUMBER = re.compile(r"^(?:Nullable\()?(?:U?Int(?:8|16|32|64)|Float(?:32|64)|Decimal\b)")


def features_of(manifest: dict) -> list[str]:
    """Every column with a number that is neither key nor label."""
    known = {*KEY, LABEL}
    return [column["name"] for column in manifest["columns"] if column["name"] not in known and NUMBER.match(column["type"])]


def check_rows(rows: pandas.DataFrame) -> None:
    """Rows that no quarter can have mean that the model of the table is wrong: do not train."""
    if rows.duplicated(KEY).any():
        raise BadExport(f"{TABLE} has a customer twice in one quarter")
    since = [name for name in rows.columns if name.startswith("days_since_")]
    if (rows[since].astype(float) < 0).any().any():
        raise BadExport(f"{TABLE} has features from after the end of their quarter")


def train(export: Export) -> dict:
    rows, features = export.rows, features_of(export.manifest)
    check_rows(rows)
    values = rows[features].astype(float)
    labelled = rows[LABEL].notna()
    quarters = sorted(rows.loc[labelled, "quarter_start"].unique())
    if len(quarters) < 2:
        raise BadExport(f"{TABLE} has {len(quarters)} labelled quarters; training needs two")
    newest = quarters[-1]
    learn, judge = labelled & (rows["quarter_start"] < newest), labelled & (rows["quarter_start"] == newest)
    target = rows[LABEL].astype(float)
    if target[learn].nunique() < 2:
        raise BadExport(f"{TABLE} has only one kind of customer before {newest}")
    model = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=False, keep_empty_features=True),
        StandardScaler(),
        LogisticRegression(max_iter=2000, class_weight="balanced"),
    )
    model.fit(values[learn], target[learn])
    chance = model.predict_proba(values[judge])[:, 1]
    imputer, scaler, regression = (step for _, step in model.steps)
    return {
        "table": export.manifest["table"],
        "lsn": export.manifest["lsn"],
        "asOf": export.manifest["asOf"],
        "trainedAt": datetime.datetime.now(datetime.timezone.utc).isoformat(),
        "rows": {"export": len(rows), "learned": int(learn.sum()), "judged": int(judge.sum())},
        "quarters": {"learned": [str(one) for one in quarters[:-1]], "judged": str(newest)},
        "model": {
            "kind": "logistic regression",
            "intercept": float(regression.intercept_[0]),
            "features": [
                {"name": name, "missing": float(missing), "mean": float(mean), "scale": float(scale), "weight": float(weight)}
                for name, missing, mean, scale, weight in zip(
                    features, imputer.statistics_, scaler.mean_, scaler.scale_, regression.coef_[0], strict=True
                )
            ],
        },
        "metrics": judged(target[judge].to_numpy(), chance),
    }


def judged(truth: numpy.ndarray, chance: numpy.ndarray) -> dict:
    both = len(set(truth)) == 2
    return {
        "auc": float(roc_auc_score(truth, chance)) if both else None,
        "brier": float(brier_score_loss(truth, chance)),
        "accuracy": float(accuracy_score(truth, chance >= 0.5)),
        "churned": float(truth.mean()),
    }


def write(model: dict, folder: str) -> str:
    """model.json is replaced in one step: a reader never sees half of it."""
    path = os.path.join(folder, "model.json")
    os.makedirs(folder, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix=".model-", delete=False) as file:
        json.dump(model, file, indent=2)
        file.write("\n")
    os.replace(file.name, path)
    return path


def main(place: str, folder: str | None = None) -> int:
    if folder is None and place.startswith("s3://"):
        print("give MODEL_DIR, a directory for model.json", file=sys.stderr)
        return 2
    try:
        model = train(read_newest(place, TABLE))
    except BadExport as error:
        print(error, file=sys.stderr)
        return 1
    path = write(model, folder or place)
    rows, metrics = model["rows"], model["metrics"]
    auc = "unknown" if metrics["auc"] is None else f"{metrics['auc']:.3f}"
    print(f"{path}: learned from {rows['learned']} rows at {model['lsn']}, judged by {rows['judged']}: AUC {auc}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
