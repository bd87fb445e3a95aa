"""The SQL of every chart runs, and gives what the chart's table on the page says."""

import json
import os
import re
import sys

import duckdb


def page_figures(page, chart):
    """The figures of a chart's table on the page, group by group of its marks."""
    body = page.split(f'<figure id="{chart}"')[1].split("</figure>")[0]
    groups = {}
    for part in body.split("<tbody>")[1:]:
        name = re.search(r'<th scope="col">(.*?)</th>', part).group(1)
        groups.setdefault(name, []).extend(map(float, re.findall(r'data-value="(.*?)"', part)))
    return groups


home = os.getcwd()
for directory in sys.argv[1:]:
    os.chdir(os.path.join(home, directory))
    charts = {c["name"]: c["sql"] for c in json.load(open("charts.json"))}
    assert len(charts) >= 5, directory
    answers = {}
    for name, sql in charts.items():
        # Some charts are made of two questions: each has to be answered.
        for question in filter(None, map(str.strip, sql.split(";"))):
            answers[name] = duckdb.sql(question).fetchall()
        assert answers[name], f"{directory}: the SQL of {name} gives nothing"
    if not os.path.exists("report.html"):
        continue
    page = open("report.html").read()
    if "breaches" in charts:
        words = {"reservation_rejected": "rejected", "cancelled": "cancelled", "breach": "breach"}
        shown = page_figures(page, "breaches")
        for kind, word in words.items():
            wanted = sum(n for _, k, n in answers["breaches"] if k == kind)
            assert sum(shown.get(word, [])) == wanted, (directory, word)
            hours = {hour for hour, k, _ in answers["breaches"] if k == kind}
            assert len(shown.get(word, [])) == len(hours), (directory, word, "by local hour")
    # Each bar is a purpose with its payer and receiver, in CNY.
    shown = sorted(page_figures(page, "money")[""])
    wanted = sorted(row[-1] for row in answers["money"])
    assert len(shown) == len(wanted), directory
    assert all(abs(a - b) <= 1e-6 * max(1, abs(b)) for a, b in zip(shown, wanted)), directory
