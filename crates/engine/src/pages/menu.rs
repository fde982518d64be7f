//! The menu: chapters of rooms, which fold where there are many; the one with this page in it is open.

use crate::area::{Chapter, Entry};
use crate::view::{NavGroup, NavItem};
use crate::web::Reader;

/// A menu of so many lines is seen at a glance, and does not fold.
const GLANCE: usize = 10;

pub(super) fn nav(reader: &Reader) -> Vec<NavGroup> {
    let cx = &reader.cx;
    let mut groups =
        vec![NavGroup { items: vec![item(reader, "ui.today", "/".into(), "home")], ..NavGroup::default() }];
    groups.extend(cx.app.menu.iter().map(|chapter| group(reader, chapter)));
    if cx.may("audit", "read")
        && let Some(last) = groups.last_mut()
    {
        last.items.push(item(reader, "ui.audit", "/audit".into(), "eye-off"));
    }
    groups.retain(|group| !group.items.is_empty());
    mark(&mut groups, reader.here.split('?').next().unwrap_or("/"));
    fold(&mut groups, reader.menu.as_deref());
    groups
}

fn item(reader: &Reader, label: &str, href: String, icon: &str) -> NavItem {
    NavItem { label: reader.cx.word(label).to_owned(), href, icon: icon.to_owned(), ..NavItem::default() }
}

fn group(reader: &Reader, chapter: &Chapter) -> NavGroup {
    let cx = &reader.cx;
    let mut items = Vec::new();
    for area in chapter.areas.iter().filter_map(|name| cx.app.areas.iter().find(|area| area.name == *name)) {
        let kinds = area.kinds.iter().filter(|kind| kind.menu && cx.may(kind.noun.name, "read"));
        let lists = kinds.map(|kind| {
            let href = format!("/{}", kind.noun.plural);
            item(reader, &format!("{}.plural", kind.noun.name), href, kind.icon)
        });
        let entries = area.nav.iter().filter(|entry: &&Entry| cx.may(entry.needs.0, entry.needs.1));
        let entries = entries.map(|entry| item(reader, entry.label, entry.href.to_owned(), entry.icon));
        // Where something is done every day stands before the lists; what belongs to a list (`/hazards/draw`), after it.
        let belongs =
            |line: &NavItem| area.kinds.iter().any(|kind| covers(&format!("/{}", kind.noun.plural), &line.href));
        let (after, before): (Vec<_>, Vec<_>) = entries.partition(belongs);
        items.extend(before.into_iter().chain(lists).chain(after));
    }
    let label = cx.word(&format!("menu.{}", chapter.name)).to_owned();
    NavGroup { name: chapter.name.to_owned(), label, items, open: (chapter.first)(&cx.actor), folds: false }
}

/// The line of this page, or of what it belongs to: the longest address that it begins with, so that one line is marked.
fn mark(groups: &mut [NavGroup], path: &str) {
    let items = groups.iter_mut().flat_map(|group| &mut group.items);
    if let Some(item) = items.filter(|item| covers(&item.href, path)).max_by_key(|item| item.href.len()) {
        item.active = true;
    }
}

/// Whether a page stands at an address or below it.
fn covers(href: &str, path: &str) -> bool {
    path == href || href != "/" && path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/'))
}

/// Which chapters are open: the one with this page, and those that the reader left open, where he touched any.
fn fold(groups: &mut [NavGroup], kept: Option<&str>) {
    if groups.iter().map(|group| group.items.len()).sum::<usize>() <= GLANCE {
        return;
    }
    for group in groups.iter_mut().filter(|group| !group.name.is_empty()) {
        let left_open = kept.map_or(group.open, |kept| kept.split('.').any(|name| name == group.name));
        group.folds = true;
        group.open = left_open || group.items.iter().any(|item| item.active);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn menu(lines: &[(&str, &[&str])]) -> Vec<NavGroup> {
        let item = |href: &&str| NavItem { href: (*href).to_owned(), ..NavItem::default() };
        let group = |(name, hrefs): &(&str, &[&str])| NavGroup {
            name: (*name).to_owned(),
            items: hrefs.iter().map(item).collect(),
            ..NavGroup::default()
        };
        lines.iter().map(group).collect()
    }

    fn long() -> Vec<NavGroup> {
        menu(&[
            ("", &["/"]),
            ("cases", &["/hazards", "/hazards/draw", "/tips"]),
            ("house", &["/a", "/b", "/c", "/attachments", "/attachments/alike", "/d", "/e"]),
        ])
    }

    #[test]
    fn one_line_is_marked() {
        for (path, expected) in [
            ("/", Some("/")),
            ("/hazards", Some("/hazards")),
            ("/hazards/draw", Some("/hazards/draw")),
            ("/hazards/drawn", Some("/hazards")),
            ("/attachments/alike", Some("/attachments/alike")),
            ("/attachments/0195", Some("/attachments")),
            ("/hazardous", None),
            ("/nowhere", None),
        ] {
            let mut groups = long();
            mark(&mut groups, path);
            let marked: Vec<_> = groups.iter().flat_map(|group| &group.items).filter(|item| item.active).collect();
            assert_eq!(marked.first().map(|item| item.href.as_str()), expected, "{path}");
            assert!(marked.len() <= 1, "{path}");
        }
    }

    #[test]
    fn the_page_and_what_was_left_open_are_open() {
        for (path, kept, open) in [
            ("/", None, vec!["cases"]),
            ("/", Some(""), vec![]),
            ("/a", None, vec!["cases", "house"]),
            ("/a", Some("cases"), vec!["cases", "house"]),
            ("/tips/1", Some("house.nothing"), vec!["cases", "house"]),
            ("/", Some("\"><script>"), vec![]),
        ] {
            let mut groups = long();
            groups[1].open = true;
            mark(&mut groups, path);
            fold(&mut groups, kept);
            let found: Vec<_> = groups.iter().filter(|group| group.open).map(|group| group.name.as_str()).collect();
            assert_eq!(found, open, "{path} {kept:?}");
            assert!(!groups[0].folds && groups[1].folds && groups[2].folds);
        }
    }

    #[test]
    fn a_short_menu_does_not_fold() {
        let mut groups = menu(&[("", &["/"]), ("cases", &["/hazards", "/tips"]), ("house", &["/audit"])]);
        fold(&mut groups, Some("cases"));
        assert!(groups.iter().all(|group| !group.folds));
    }
}
