//! Words and questions, proven on a noun of their own: what the two mean together is what a reader finds.

use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;
use crate::{Cell, Mask, Sound};

static PERSON: Noun = Noun {
    name: "person",
    plural: "persons",
    fields: &[
        Field::text("name", 40).spoken(Sound::Person),
        Field::text("code", 20).search(),
        Field::long("about", 500).search(),
        Field::text("number", 20).search().sealed(Mask::Number, "number_index"),
        Field { searched: true, ..Field::index("number_index") },
        Field::refer("school", "school"),
        Field::date("from_on"),
    ],
    scope: ScopeBy { persons: &["id"], ..ScopeBy::units(&["school"]) },
    title: &["name"],
    subject: None,
    order: "name",
    tallies: &[],
};

fn person(name: &str, code: &str, about: &str) -> Row {
    let text = |text: &str| if text.is_empty() { Cell::Null } else { Cell::Text(text.to_owned()) };
    Row::blank(&PERSON, Uuid::from_u128(7))
        .with(&PERSON, "name", text(name))
        .with(&PERSON, "code", text(code))
        .with(&PERSON, "about", text(about))
        .with(&PERSON, "school", Cell::Id(Uuid::from_u128(0xabcd_1234_5678)))
        .with(&PERSON, "number", Cell::Text("s1:secret".into()))
        .with(&PERSON, "number_index", Cell::Text("h1:secret".into()))
        .with(&PERSON, "from_on", Cell::Date(NaiveDate::default()))
}

/// What both databases do with a question: words joined by AND, a group by OR, a star for what follows.
fn answers(entry: &str, question: &str) -> bool {
    let words: Vec<_> = entry.split(' ').collect();
    let holds = |asked: &str| match asked.strip_suffix('*') {
        Some(beginning) => words.iter().any(|word| word.starts_with(beginning)),
        None => words.contains(&asked),
    };
    let any = |asked: &str| asked.trim_matches(['(', ')']).split(" OR ").any(holds);
    question.split(" AND ").all(any)
}

fn finds(row: &Row, typed: &str) -> bool {
    question(&PERSON, typed, &Scope::county()).is_some_and(|question| answers(&entry(&PERSON, row), &question))
}

#[test]
fn what_is_typed_finds_what_is_meant() {
    let table: &[(&str, &[&str], &[&str])] = &[
        (
            "张小明",
            &[
                "张小明",
                "张小",
                "小明",
                "张",
                "小",
                "明",
                "zhangxiaoming",
                "ZhangXiao",
                "zhang xiao ming",
                "xiaoming",
                "zxm",
                "xm",
                "張小明",
                "张 明",
            ],
            &["张大明", "李", "zhangming", "zhx", "zm", "z", "李小明"],
        ),
        // Surnames that sound otherwise, and their usual sound.
        ("单雄信", &["shanxiongxin", "sxx", "danxiongxin", "dxx"], &["chanxiongxin"]),
        ("仇和", &["qiuhe", "chouhe", "qh"], &[]),
        ("解晓东", &["xiexiaodong", "xxd", "jiexiaodong"], &[]),
        ("曾国藩", &["zengguofan", "zgf", "cengguofan"], &[]),
        ("区小玲", &["ouxiaoling", "oxl", "quxiaoling"], &[]),
        ("查良镛", &["zhaliangyong", "zly", "chaliangyong"], &[]),
        ("盖叫天", &["gejiaotian", "gaijiaotian"], &[]),
        ("朴志洙", &["piaozhizhu", "puzhizhu"], &[]),
        ("尉迟恭", &["yuchigong", "ycg", "weichigong"], &["yuchiming"]),
        ("令狐冲", &["linghuchong", "lhc"], &[]),
        ("万俟卨", &["moqi"], &[]),
        ("任华", &["renhua", "rh"], &[]),
        ("召力", &["shaoli", "zhaoli"], &[]),
        ("缪宓", &["miaomi", "mm"], &[]),
        ("王乐", &["wangle", "wangyue", "wy", "wl"], &[]),
        ("欧阳修", &["ouyangxiu", "oyx", "欧阳"], &[]),
        ("吕布", &["lvbu", "lübu", "lb", "呂布"], &[]),
        // Rare characters, within and beyond the table of sounds.
        ("王㛃", &["王㛃", "㛃", "wang"], &[]),
        ("张𬭎", &["张𬭎", "𬭎", "zhang"], &["𬭊"]),
        ("李\u{30edd}", &["李\u{30edd}", "\u{30edd}", "li"], &[]),
        ("阿布都·热合曼", &["阿布都", "热合曼", "阿布都·热合曼", "abudurehe"], &["都热"]),
    ];
    for (name, found, not) in table {
        let row = person(name, "", "");
        for typed in *found {
            assert!(finds(&row, typed), "{typed} should find {name}: {}", entry(&PERSON, &row));
        }
        for typed in *not {
            assert!(!finds(&row, typed), "{typed} should not find {name}: {}", entry(&PERSON, &row));
        }
    }
}

#[test]
fn codes_and_sentences() {
    let row = person("", "3143001234", "食堂后厨存在隐患，灭火器3具过期（A栋）；責任人到位");
    for typed in [
        "3143001234",
        "314300",
        "３１４３",
        "隐患",
        "食堂",
        "食堂 隐患",
        "存在隐患",
        "灭火器3具",
        "a栋",
        "A",
        "3",
        "责任",
        "責任",
        "后厨，",
    ] {
        assert!(finds(&row, typed), "{typed}: {}", entry(&PERSON, &row));
    }
    for typed in ["43001234", "教室", "患灭", "隐 食 堂 室", "shitang"] {
        assert!(!finds(&row, typed), "{typed}: {}", entry(&PERSON, &row));
    }
    // The third class, not the thirty-first; but who has typed 31 may be about to type 312.
    let row = person("", "", "三年级31班");
    assert!(!finds(&row, "3班") && finds(&row, "31班") && finds(&row, "31"));
}

#[test]
fn exactly_what_was_typed() {
    let exact = |row: &Row, typed: &str| {
        exactly(&PERSON, typed, &Scope::county()).is_some_and(|question| answers(&entry(&PERSON, row), &question))
    };
    let row = person("张小明", "A-12", "张三");
    assert!(exact(&row, "张小明") && exact(&row, " a12 ") && exact(&row, "A-12") && exact(&row, "張小明"));
    // A sentence is no name: nobody types one whole.
    assert!(!exact(&row, "张小") && !exact(&row, "A1") && !exact(&row, "张三"));
}

#[test]
fn what_is_sealed_or_hidden_leaves_no_word() {
    let row = person("张三", "", "");
    assert!(!entry(&PERSON, &row).contains("secret"));
    assert!(!finds(&row, "secret") && !finds(&row, "h1"));
    // Nothing to search: no words at all, not even whose it is.
    assert_eq!(entry(&PERSON, &person("", "", "！？…")), "");
}

#[test]
fn nothing_to_look_for() {
    for typed in
        ["", "  ", "!!!", "%_\\", "\" OR *", "()", "😀🎉", "\u{fffd}\u{fffd}", "\0\u{7}", "\u{200b}", "：＝＠", "-- ;'"]
    {
        assert_eq!(asks(typed), typed == "\" OR *", "{typed:?}");
        assert_eq!(question(&PERSON, typed, &Scope::county()).is_some(), asks(typed), "{typed:?}");
    }
}

#[test]
fn a_question_names_whose_records_the_reader_sees() {
    let school = Uuid::from_u128(0xabcd_1234_5678);
    let mine = Scope { units: vec![school], ..Scope::default() };
    let other = Scope { units: vec![Uuid::from_u128(1)], ..Scope::default() };
    let himself = Scope { person: Some(Uuid::from_u128(7)), ..Scope::default() };
    let many = Scope { units: (0..500).map(Uuid::from_u128).collect(), ..Scope::default() };
    let entry = entry(&PERSON, &person("张三", "", ""));
    for (scope, found) in [(&mine, true), (&other, false), (&himself, true), (&many, true), (&Scope::county(), true)] {
        let question = question(&PERSON, "张三", scope).unwrap_or_default();
        assert_eq!(answers(&entry, &question), found, "{question}");
    }
}

#[test]
fn the_recipe_changes_with_the_table() {
    static OTHER: Noun = Noun { name: "other", fields: &[Field::text("name", 40)], ..NOTHING };
    static SEARCHED: Noun = Noun { name: "other", fields: &[Field::text("name", 40).search()], ..NOTHING };
    static SPOKEN: Noun = Noun { name: "other", fields: &[Field::text("name", 40).spoken(Sound::Place)], ..NOTHING };
    let all: BTreeSet<_> = [&OTHER, &SEARCHED, &SPOKEN].iter().map(|noun| recipe(&[noun])).collect();
    assert_eq!(all.len(), 3);
}

const NOTHING: Noun = Noun {
    name: "",
    plural: "",
    fields: &[],
    scope: ScopeBy::EVERYONE,
    title: &[],
    subject: None,
    order: "name",
    tallies: &[],
};

#[test]
fn ten_thousand_characters() {
    let long = "隐患a ".repeat(10_000);
    assert!(question(&PERSON, &long, &Scope::county()).is_some_and(|question| question.len() < 100));
    let row = person("", &"9".repeat(10_000), "");
    assert!(finds(&row, &"9".repeat(20_000)) && entry(&PERSON, &row).split(' ').all(|word| word.chars().count() < 80));
}

/// Letters of every kind that somebody may type.
fn typed() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[张李隐患食堂𬭎㛃a-z0-9 ·：＝＠*\"'()&|!-]{0,20}"]
}

proptest! {
    /// A word holds nothing that either database would take for its own language.
    #[test]
    fn words_are_only_letters(name in typed(), about in typed()) {
        let entry = entry(&PERSON, &person(&name, "", &about));
        for word in entry.split(' ').filter(|word| !word.is_empty()) {
            let rest = word.strip_prefix("person").unwrap_or_default();
            prop_assert!(rest.starts_with(['：', '＝', '＠']), "{word}");
            prop_assert!(rest.chars().skip(1).all(|letter| letter.is_alphanumeric() || letters::is_han(letter)), "{word}");
        }
        if let Some(question) = question(&PERSON, &name, &Scope::county()) {
            for word in question.split(" AND ") {
                prop_assert!(!word.trim_end_matches('*').contains([' ', '*', '"', '\'', '(', ')', '&', '|', '!', ':', '\\']), "{word}");
            }
        }
    }

    /// Whoever types a value, or any stretch of it, finds its record.
    #[test]
    fn a_value_finds_itself(value in "[张王李单解隐患食堂𬭎㛃]{1,8}", from in 0..8_usize, length in 1..8_usize) {
        let row = person(&value, "", "");
        let part: String = value.chars().skip(from).take(length).collect();
        prop_assert!(finds(&row, &value));
        prop_assert!(part.is_empty() || finds(&row, &part), "{part} in {value}");
        prop_assert!(exactly(&PERSON, &value, &Scope::county()).is_some_and(|question| answers(&entry(&PERSON, &row), &question)));
    }

    /// A code is found by any beginning of two characters and more, whatever its width and case.
    #[test]
    fn a_code_is_found_by_its_beginning(code in "[A-Z0-9]{2,18}", length in 2..18_usize) {
        let row = person("", &code, "");
        let part: String = code.chars().take(length).collect();
        let wide: String = part.chars().filter_map(|letter| char::from_u32(u32::from(letter) + 0xfee0)).collect();
        prop_assert!(finds(&row, &part) && finds(&row, &part.to_lowercase()) && finds(&row, &wide));
    }

    /// A name is found by its sound as a whole, by the sound of what follows the surname, and by the initials of both.
    #[test]
    fn a_name_is_found_by_its_sound(name in "[王李陈杨黄刘][小文志建美丽][明红军娟平]") {
        let row = person(&name, "", "");
        let sounds: Vec<_> = name.chars().filter_map(|letter| pinyin::ToPinyin::to_pinyin(&letter)).map(pinyin::Pinyin::plain).collect();
        let initials: String = sounds.iter().filter_map(|sound| sound.chars().next()).collect();
        prop_assert!(finds(&row, &sounds.concat()) && finds(&row, &sounds[1..].concat()));
        prop_assert!(finds(&row, &initials) && finds(&row, &initials[1..]) && finds(&row, &sounds.join(" ")));
    }

    #[test]
    fn anything_may_be_typed(text in typed()) {
        let _ = (question(&PERSON, &text, &Scope::county()), exactly(&PERSON, &text, &Scope::county()), asks(&text));
    }
}
