//! A report as a file: Markdown for whoever goes on writing, HTML for whoever prints.

use super::compose::{Part, Report};

/// Markdown with a table.
pub fn markdown(report: &Report) -> String {
    let mut out = format!("# {}\n\n{}\n", report.heading, report.subtitle);
    for paragraph in &report.paragraphs {
        if !paragraph.heading.is_empty() {
            out.push_str(&format!("\n## {}\n", paragraph.heading));
        }
        let text: String = paragraph.parts.iter().map(Part::text).collect();
        out.push_str(&format!("\n{text}\n"));
    }
    if report.compare.is_empty() {
        return out;
    }
    out.push_str(&format!("\n| {} |\n|---|--:|--:|--:|\n", report.columns.join(" | ")));
    for line in &report.compare {
        out.push_str(&format!("| {} | {} | {} | {} |\n", line.label, line.now, line.before, line.change));
    }
    out
}

/// A whole page that needs nothing else: no script, no style, each number marked as one.
pub fn html(report: &Report) -> String {
    let mut body = format!("<h1>{}</h1>\n<p>{}</p>\n", escape(&report.heading), escape(&report.subtitle));
    for paragraph in &report.paragraphs {
        if !paragraph.heading.is_empty() {
            body.push_str(&format!("<h2>{}</h2>\n", escape(&paragraph.heading)));
        }
        body.push_str(&format!("<p>{}</p>\n", paragraph.parts.iter().map(part).collect::<String>()));
    }
    if !report.compare.is_empty() {
        body.push_str(&table(report));
    }
    let (lang, title) = (report.lang.tag(), escape(&report.heading));
    format!(
        "<!doctype html>\n<html lang=\"{lang}\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title></head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

fn table(report: &Report) -> String {
    let heads = report.columns.each_ref().map(|name| format!("<th scope=\"col\">{}</th>", escape(name))).concat();
    let mut body = format!("<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n");
    for line in &report.compare {
        let cells: String =
            [&line.now, &line.before, &line.change].map(|text| format!("<td>{}</td>", escape(text))).concat();
        body.push_str(&format!("<tr><th scope=\"row\">{}</th>{cells}</tr>\n", escape(&line.label)));
    }
    body.push_str("</tbody>\n</table>\n");
    body
}

fn part(part: &Part) -> String {
    match part {
        Part::Text(text) | Part::Given(text) => escape(text),
        Part::Figure { id, text, .. } => format!("<data value=\"{}\">{}</data>", escape(id), escape(text)),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
