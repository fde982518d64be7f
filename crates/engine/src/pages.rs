//! The pages: what surrounds each of them.

use std::sync::Arc;

use kit::Lang;

use crate::app::App;
use crate::view;
use crate::web::Reader;

/// The dictionary as templates take it.
pub fn words(app: &App, lang: Lang) -> view::Words {
    let words = Arc::clone(&app.words);
    view::Words::new(lang.tag(), move |key| words.get(lang, key).to_owned())
}

/// What surrounds a page for this reader; `title` is a word key.
pub fn layout(reader: &Reader, title: &str) -> view::Layout {
    view::Layout { title: reader.cx.word(title).to_owned(), ..view::Layout::default() }
}
