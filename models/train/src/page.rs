//! Page with the result of a training: a self-contained HTML file.

use std::fmt::Write;

use crate::data_set::DataSet;
use crate::folds::Folds;
use crate::grid::{FinishedPoint, GridOutcome};
use crate::ranking::Ranking;

/// Number of points in the table of the best ones.
const SHOWN_POINTS: usize = 10;
/// Style of the page, for light and dark screens.
const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1c2330;--soft:#667085;--line:#d5dae3;--page:#fff;--fill:37,99,200}\
@media(prefers-color-scheme:dark){:root{--ink:#e8ecf4;--soft:#9aa6ba;--line:#38414f;--page:#14181f;--fill:92,148,240}}\
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:60rem;margin:2.5rem auto;padding:0 1.2rem}\
h1{font-size:1.5rem;margin:0 0 .2rem}h2{font-size:1.05rem;margin:2.2rem 0 .6rem}p{margin:.3rem 0}.soft{color:var(--soft)}\
.big{font-size:2.6rem;font-weight:650;margin:.8rem 0 0}.wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}\
th,td{padding:.35rem .7rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}th{font-weight:600}\
th.side,td.side{text-align:left}.matrix td{text-align:center;min-width:3.2rem;border:1px solid var(--page)}\
.matrix thead th{text-align:center}.matrix td.own{outline:2px solid rgb(var(--fill));outline-offset:-2px}.warn{border-left:3px solid #d99000;padding-left:.7rem}";

/// Returns the page of the best point: accuracy with its interval and baseline, confusion matrix, recall of each class,
/// the next points, failures and warnings.
#[must_use]
pub fn result_page(data: &DataSet, folds: &Folds, outcome: &GridOutcome, ranking: &Ranking<'_>) -> String {
    let best = ranking.best();
    let mut html = String::new();
    let title = escape(data.class_name());
    // Writing to a text does not fail.
    _ = write!(
        html,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}: training result</title><style>{STYLE}</style></head>\n<body><h1>{title}</h1>\n"
    );
    write_summary(&mut html, best, folds);
    for warning in folds.warnings() {
        _ = writeln!(html, "<p class=\"warn\">{}</p>", escape(&warning.to_string()));
    }
    write_matrix(&mut html, best);
    write_points(&mut html, ranking);
    write_list(
        &mut html,
        "Failed points",
        outcome.failed.iter().map(|point| format!("{}: {}", point.point, point.cause)),
    );
    write_list(&mut html, "Patterns without a match", outcome.warnings.iter().map(ToString::to_string));
    let dropped = data.dropped().iter().map(|name| earmark_gaia::display_name(name).to_owned());
    write_list(&mut html, "Descriptors that some items lack", dropped);
    html.push_str("</body></html>\n");
    html
}

fn write_summary(html: &mut String, best: &FinishedPoint, folds: &Folds) {
    let (scores, params) = (&best.scores, &best.params);
    _ = write!(
        html,
        "<p class=\"soft\">{} items, {} classes, {} folds: {}</p>\n<p class=\"big\">{:.1} %</p>\n\
         <p>accuracy of the cross-validation; 95 % interval {:.1} to {:.1} %, always the largest class: {:.1} %</p>\n\
         <p>mean recall {:.1} %; standard deviation over folds {:.1} and {:.1} points</p>\n\
         <p class=\"soft\">preprocessing {}, {} columns, kernel {}, cost 2<sup>{}</sup>, gamma 2<sup>{}</sup>, balanced \
         classes: {}. The best of all points is shown, so its accuracy is optimistic.</p>\n",
        scores.items,
        best.matrix.classes().len(),
        folds.count(),
        escape(&folds.kind().to_string()),
        scores.accuracy,
        scores.interval.0,
        scores.interval.1,
        scores.baseline,
        scores.normalized_accuracy,
        scores.accuracy_std,
        scores.normalized_accuracy_std,
        escape(&params.preprocessing),
        best.dimensions,
        params.kernel.name(),
        params.c,
        params.gamma,
        if params.balance_classes { "yes" } else { "no" },
    );
}

fn write_matrix(html: &mut String, best: &FinishedPoint) {
    let classes = best.matrix.classes();
    html.push_str("<h2>Confusion matrix</h2>\n<div class=\"wide\"><table class=\"matrix\"><thead><tr><th class=\"side\">actual \\ predicted</th>");
    classes.iter().for_each(|class| _ = write!(html, "<th scope=\"col\">{}</th>", escape(class)));
    html.push_str("<th>items</th><th>recall</th></tr></thead>\n<tbody>");
    for ((actual, row), recall) in best.matrix.counts().iter().enumerate().zip(&best.scores.recalls) {
        let items: usize = row.iter().sum();
        _ = write!(html, "<tr><th class=\"side\" scope=\"row\">{}</th>", escape(&classes[actual]));
        for (predicted, count) in row.iter().enumerate() {
            let share = *count as f64 / items.max(1) as f64;
            let own = if actual == predicted { " class=\"own\"" } else { "" };
            let title = format!("{} of {items} `{}` predicted as `{}`", count, classes[actual], classes[predicted]);
            _ = write!(
                html,
                "<td{own} style=\"background:rgba(var(--fill),{:.3})\" title=\"{}\">{count}</td>",
                0.75 * share,
                escape(&title)
            );
        }
        _ = writeln!(html, "<td>{items}</td><td>{recall:.1} %</td></tr>");
    }
    html.push_str("</tbody></table></div>\n");
}

fn write_points(html: &mut String, ranking: &Ranking<'_>) {
    _ = write!(
        html,
        "<h2>Best points of {}</h2>\n<div class=\"wide\"><table><thead><tr><th>rank</th><th>accuracy</th><th>mean recall</th>\
         <th class=\"side\">preprocessing</th><th class=\"side\">kernel</th><th>log2 C</th><th>log2 gamma</th>\
         <th class=\"side\">balanced</th></tr></thead>\n<tbody>",
        ranking.points().len()
    );
    for (index, point) in ranking.points().iter().take(SHOWN_POINTS).enumerate() {
        let (scores, params) = (&point.scores, &point.params);
        _ = writeln!(
            html,
            "<tr><td>{}</td><td>{:.1} ± {:.1} %</td><td>{:.1} %</td><td class=\"side\">{}</td><td class=\"side\">{}</td>\
             <td>{}</td><td>{}</td><td class=\"side\">{}</td></tr>",
            index + 1,
            scores.accuracy,
            scores.accuracy_std,
            scores.normalized_accuracy,
            escape(&params.preprocessing),
            params.kernel.name(),
            params.c,
            params.gamma,
            if params.balance_classes { "yes" } else { "no" },
        );
    }
    html.push_str("</tbody></table></div>\n");
}

fn write_list(html: &mut String, title: &str, items: impl ExactSizeIterator<Item = String>) {
    if items.len() == 0 {
        return;
    }
    _ = writeln!(html, "<details><summary>{title}: {}</summary><ul>", items.len());
    items.for_each(|item| _ = writeln!(html, "<li>{}</li>", escape(&item)));
    html.push_str("</ul></details>\n");
}

/// Replaces the characters that have a meaning in HTML.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
