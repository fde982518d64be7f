//! Where something stands in a text that people write.

/// The line of a place in a text, counted from one.
pub fn line_at(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    before.bytes().filter(|byte| *byte == b'\n').count() + 1
}

/// A fault of a file that is not the expected TOML, in one line: `rules/x.toml:12: unknown field …`.
pub fn toml_fault(name: &str, text: &str, error: &toml::de::Error) -> String {
    let message = error.message().replace('\n', " ");
    match error.span() {
        Some(span) => format!("{name}:{}: {message}", line_at(text, span.start)),
        None => format!("{name}: {message}"),
    }
}
