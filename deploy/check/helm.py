"""The calls of Helm's command line that deploy:check makes, over Helm's own library.

helm lint|template|package CHART VALUES.json|FOLDER. The package is a download of seconds, where
building the program from source takes minutes.
"""

import json
import sys

import helm_python

command, chart, given = sys.argv[1:4]
if command == "package":
    print(helm_python.package(chart, destination=given))
    sys.exit(0)

with open(given, encoding="utf-8") as file:
    values = json.load(file)
if command == "lint":
    report = helm_python.lint(chart, values, strict=True)
    print(json.dumps(report["messages"], indent=1))
    sys.exit(1 if report["errors"] else 0)

with helm_python.Chart.load(chart) as loaded:
    for path, text in loaded.render(values, name="tailrace", namespace="data").items():
        if path.endswith(".yaml") and text.strip():
            print(f"---\n{text}")
