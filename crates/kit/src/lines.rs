//! Where something stands in a text that people write.

/// The line of a place in a text, counted from one.
pub fn line_at(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    before.bytes().filter(|byte| *byte == b'\n').count() + 1
}

/// What is wrong at a place of a text: `line 12: unknown field …`; whoever knows the file puts its name before it.
pub fn at(text: &str, offset: usize, what: &str) -> String {
    format!("line {}: {what}", line_at(text, offset))
}

/// A fault of a text that is not the expected TOML, as [`at`] says it.
pub fn fault(text: &str, error: &toml::de::Error) -> String {
    let message = error.message().replace('\n', " ");
    error.span().map_or(message.clone(), |span| at(text, span.start, &message))
}

/// A fault of a file with its name, as an editor jumps to it: `rules/x.toml:12: unknown field …`.
pub fn named(name: &str, fault: &str) -> String {
    match fault.strip_prefix("line ") {
        Some(rest) => format!("{name}:{rest}"),
        None => format!("{name}: {fault}"),
    }
}

/// A fault of a file that is not the expected TOML, in one line: `rules/x.toml:12: unknown field …`.
pub fn toml_fault(name: &str, text: &str, error: &toml::de::Error) -> String {
    named(name, &fault(text, error))
}
