import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pypandoc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_transfer import preview, report
from mnist_transfer.comparison import Comparison
from mnist_transfer.errors import InputError
from mnist_transfer.facts import Facts
from mnist_transfer.notes import Notes
from mnist_transfer.report_tables import Tables
from mnist_transfer.sentences import Sentences
from tests import tiny_study

ROOT = Path(__file__).parents[1]
QMD = ROOT / "report/index.qmd"


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    tiny_study.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "results"


@pytest.fixture
def committed(monkeypatch):
    monkeypatch.chdir(ROOT)
    return Facts(report.read())


def everything(facts: Facts) -> str:
    """Every sentence and table that the report could ask for."""
    texts = []
    for source in (Sentences(facts), Notes(facts), Comparison(facts), Tables(facts)):
        for name in dir(source):
            method = getattr(source, name)
            if callable(method) and not name.startswith("_"):
                arguments = [[facts.main]] if name in ("average", "accuracy") else [[]]
                texts += [method(*each) for each in arguments]
    return "\n\n".join(texts)


def test_the_committed_results_are_whole_and_every_sentence_can_be_made(committed):
    text = everything(committed)
    assert not re.search(r"\b(nan|None)\b", text)
    assert "demo" not in text


def test_the_reports_accuracies_are_those_of_the_metrics_that_dvc_tracks(committed):
    metrics = json.loads((ROOT / "results/metrics.json").read_text(encoding="utf-8"))
    for row in committed.accuracy.itertuples():
        assert row.accuracy == metrics[row.dataset][row.extractor][row.classifier]["accuracy"]


@pytest.mark.parametrize("name", tiny_study.FILES)
def test_a_missing_file_is_named_with_the_remedy(tiny, name):
    (tiny / name).unlink()
    with pytest.raises(InputError, match=rf"results/{re.escape(name)} is missing; run `dvc repro`"):
        report.read()


@pytest.mark.parametrize("name", tiny_study.FILES)
def test_a_cut_file_is_named_with_the_remedy(tiny, name):
    path = tiny / name
    path.write_bytes(path.read_bytes()[:15])
    with pytest.raises(InputError, match=rf"^results/{re.escape(name)} is damaged \(.*\); run `dvc repro`$"):
        report.read()


@pytest.mark.parametrize("name", ["accuracy", "timing", "confusion", "projection", "confused"])
def test_a_table_without_a_row_of_the_study_is_damaged(tiny, name):
    path = tiny / f"tables/{name}.csv"
    table = pd.read_csv(path)
    table[table["dataset"] != "digits"].to_csv(path, index=False)
    with pytest.raises(InputError, match=rf"results/tables/{name}.csv is damaged \(no row for digits, .*dvc repro"):
        report.read()


def test_a_table_with_an_empty_cell_is_damaged(tiny):
    path = tiny / "tables/accuracy.csv"
    table = pd.read_csv(path)
    table.loc[0, "accuracy"] = np.nan
    table.to_csv(path, index=False)
    with pytest.raises(InputError, match=r"accuracy.csv is damaged \(empty cells in accuracy\)"):
        report.read()


def test_images_of_a_dataset_that_are_not_there_are_named(tiny):
    np.savez(tiny / "images/samples.npz", digits=np.zeros((10, 8, 28, 28), np.uint8))
    with pytest.raises(InputError, match=r"samples.npz is damaged \(no images of garments\)"):
        report.read()


def test_without_results_nothing_is_rendered_and_the_command_says_so_in_one_line(tmp_path):
    (tmp_path / "report").mkdir()
    command = [sys.executable, "-m", "mnist_transfer", "report"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.strip() == "error: results/provenance.json is missing; run `dvc repro`"
    assert not list(tmp_path.glob("report/*"))


def check(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """Do what Quarto does before it renders."""
    (folder / "report").mkdir(exist_ok=True)
    shutil.copy(ROOT / "report/check.py", folder / "report")
    command = [sys.executable, *options, "check.py"]
    return subprocess.run(command, cwd=folder / "report", capture_output=True, text=True, check=False)


def test_quarto_says_in_one_line_that_the_results_are_damaged(tiny):
    assert (check(tiny.parent).returncode, check(tiny.parent).stderr) == (0, "")
    (tiny / "tables/accuracy.csv").write_text("")
    done = check(tiny.parent)
    assert done.returncode == 2
    assert re.fullmatch(r"error: results/tables/accuracy.csv is damaged \(.*\); run `dvc repro`\n", done.stderr)


def test_quarto_says_in_one_line_that_its_python_is_the_wrong_one(tiny):
    done = check(tiny.parent, "-S")  # without site-packages
    assert done.returncode != 0
    assert re.fullmatch(r"error: .* has no mnist_transfer; .*QUARTO_PYTHON.*\n", done.stderr)


def test_the_demo_says_in_its_first_words_that_it_is_one(tiny):
    status = Sentences(Facts(report.read())).status()
    assert "This is the demo, not the study" in status.splitlines()[0]
    assert "random weights" in status
    assert "full study" in status


def test_what_did_not_run_is_stated(tiny):
    facts = Facts(report.read())
    facts.is_demo = False
    status = Sentences(facts).status()
    assert "**not** among them" in status
    assert "left out of this run's list: `vgg16-block5`" in status


@pytest.mark.parametrize(
    "shape",
    [
        {"datasets": ("digits",)},
        {"extractors": ("pixels",)},
        {"extractors": ("vgg16-block5",), "published": True},
        {"extractors": ("vgg16-block5", "pixels"), "classifiers": ("svm-linear", "knn-5"), "published": True},
        {"classifiers": ("knn-5", "svm-linear"), "processors": ("Processor A", "Processor B")},
    ],
)
def test_every_sentence_copes_with_other_studies(tmp_path, monkeypatch, shape):
    tiny_study.write(tmp_path, **shape)
    monkeypatch.chdir(tmp_path)
    text = everything(Facts(report.read()))
    assert not re.search(r"\b(nan|None)\b", text)


def test_the_gap_is_that_of_the_table(committed):
    wide = committed.accuracy.pivot(index=["extractor", "classifier"], columns="dataset", values="accuracy")
    gap = 100 * (wide[committed.easiest] - wide[committed.hardest])
    text = Sentences(committed).gap().replace("−", "-")
    assert f"{gap.median():.1f} points in the median" in text
    assert f"from {gap.min():+.1f} to {gap.max():+.1f}" in text


def test_the_accuracy_table_has_every_classifier_and_marks_the_best_of_each_dataset(committed):
    table = Tables(committed).accuracy(committed.main)
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == [
        committed.study.classifier(name).title for name in committed.classifiers
    ]
    for dataset in committed.datasets:
        best = committed.best(dataset, committed.main)
        row = next(row for row in rows if row.startswith(f"| {best['title']} |"))
        assert f"[**{100 * best['accuracy']:.2f}**]{{.best}}" in row


def test_times_of_two_processors_are_neither_added_nor_compared_silently(tmp_path, monkeypatch):
    tiny_study.write(tmp_path, classifiers=("knn-5", "svm-linear"), processors=("Processor A", "Processor B"))
    monkeypatch.chdir(tmp_path)
    facts = Facts(report.read())
    assert "not comparable" in Notes(facts).processors()
    rows = [line for line in Tables(facts).timing().splitlines() if "Processor " in line and "Digits" in line]
    assert len(rows) == 4  # two kinds of features, two processors


def test_times_are_in_a_unit_that_shows_them(tiny, committed, monkeypatch):
    assert "Training, min" in Tables(committed).timing()
    monkeypatch.chdir(tiny.parent)
    table = Tables(Facts(report.read())).timing()
    assert "Training, s" in table
    assert "| 1.5 | 0.5 |" in table


def test_the_engine_of_each_classifier_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tiny_study.write(tmp_path, datasets=("digits",), classifiers=("knn-5", "svm-linear"))
    text = Notes(Facts(report.read())).engines()
    assert text == "SVM (linear) (2 rows) ran with Fast 2, all other rows with Plain 1."


def test_one_engine_is_said_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tiny_study.write(tmp_path, classifiers=("knn-5",))
    assert Notes(Facts(report.read())).engines() == "Every row ran with Plain 1."


def test_no_number_is_typed_in_the_prose_of_the_report():
    _, pieces = preview.split(QMD.read_text(encoding="utf-8"))
    prose = re.sub(r"`\{python\} [^`]+`", "", "".join(piece for piece in pieces if isinstance(piece, str)))
    prose = re.sub(r"```.*?```", "", prose, flags=re.DOTALL).replace("95% interval", "").replace("95% score interval", "")
    assert re.findall(r"\d+[.,]\d+|\d+ ?%", prose) == []


def test_every_figure_has_alternative_text_and_every_reference_a_target():
    text = QMD.read_text(encoding="utf-8")
    _, pieces = preview.split(text)
    drawn = [piece for piece in pieces if isinstance(piece, preview.Cell) and "report.show(" in piece.code]
    assert drawn
    assert all(len(piece.options["fig-alt"]) > 40 for piece in drawn)
    known = set(re.findall(r"\{#((?:fig|tbl|sec)-[\w-]+)", text))
    assert set(re.findall(r"@((?:fig|tbl|sec)-[\w-]*\w)", text)) <= known
    entries = set(re.findall(r"^@\w+\{(\w+),", (ROOT / "report/references.bib").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"@([a-z]+\d{4})", text)) <= entries


def test_the_report_needs_no_tensorflow_scikit_learn_or_dvc():
    modules = ["comparison", "facts", "figures", "preview", "report", "report_tables", "sentences"]
    code = f"import sys, {', '.join(f'mnist_transfer.{name}' for name in modules)}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"tensorflow", "keras", "sklearn", "scipy", "dvc", "safetensors", "h5py"} & set(loaded)


@given(st.text(alphabet=st.characters(exclude_characters="`", exclude_categories=["Cs"])))
def test_text_without_cells_is_one_piece(text):
    _, pieces = preview.split(f"---\ntitle: x\n---\n{text}")
    assert pieces == [text]


def test_cells_and_their_options_are_told_from_text():
    front, pieces = preview.split(
        '---\ntitle: "A"\n---\nBefore\n\n```{python}\n#| include: false\nx = 1\n```\n\nAfter `{python} x`\n'
    )
    assert front == {"title": "A"}
    assert pieces == ["Before\n\n", preview.Cell("x = 1", {"include": False}), "\nAfter `{python} x`\n"]


def test_options_that_are_no_yaml_are_one_clear_line():
    with pytest.raises(InputError, match="not valid YAML"):
        preview.split("```{python}\n#| a: [\n```\n")


def test_inline_code_runs_in_the_kernel_of_the_cells(tmp_path):
    _, pieces = preview.split(
        "```{python}\n#| include: false\nx = 6\n"
        "class M(str):\n    def _repr_markdown_(self): return '**' + self + '**'\n```\n"
        "A `{python} x * 7` b `{python} 'it' + 's'` c `{python} M('d')`.\n\n"
        "```{python}\nfrom IPython.display import Markdown\nMarkdown('shown')\n```\n"
    )
    text = preview.execute(pieces, tmp_path)
    assert "A 42 b its c **d**." in text
    assert "shown" in text
    assert "class M" not in text


def test_a_failing_cell_is_one_clear_line(tmp_path):
    with pytest.raises(InputError, match="a cell failed with ZeroDivisionError: division by zero"):
        preview.execute([preview.Cell("1 / 0")], tmp_path)


def convert(text: str) -> str:
    document = json.loads(pypandoc.convert_text(text, "json", "markdown-implicit_figures"))
    preview.resolve(document)
    return pypandoc.convert_text(json.dumps(document), "html", "json", extra_args=["--wrap=none"])


def test_floats_are_numbered_and_references_are_links():
    html = convert(
        "## One {#sec-one}\n\n### Half {#sec-half}\n\nSee @fig-b, @tbl-a, @sec-half and [@fig-a; @fig-b].\n\n"
        "::: {#fig-a}\n\nx\n\nFirst.\n:::\n\n::: {#fig-b}\n\ny\n\nSecond.\n:::\n\n::: {#tbl-a}\n\nz\n\nThird.\n:::\n"
    )
    for link in (
        'href="#fig-b">Figure\u00a02<',
        'href="#tbl-a">Table\u00a01<',
        'href="#sec-half">Section\u00a01.1<',
        'href="#fig-a">Figure\u00a01<',
    ):
        assert link in html
    assert '<span class="number">Figure 2</span>: Second.' in html


def test_a_reference_to_nothing_is_an_error():
    with pytest.raises(InputError, match="refers to fig-nowhere"):
        convert("See @fig-nowhere.")


def test_citations_are_left_to_pandoc():
    assert 'data-cites="xiao2017"' in convert("As in @xiao2017.")


def test_callouts_and_tabs_degrade():
    html = convert('::: {.callout-warning title="Mind"}\nText.\n:::\n\n::: {.panel-tabset}\n#### A\n\na\n\n#### B\n\nb\n:::\n')
    assert re.search(r'<div class="callout-warning callout" role="note">\s*<div class="callout-title">\s*<p>Mind</p>', html)
    assert html.count('<details class="tab"') == 2
    assert html.count('<details class="tab" open>') == 1
    assert html.count("</details>") == 2
