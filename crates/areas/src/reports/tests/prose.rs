//! What the report says, and that no number in it was typed.

use std::collections::BTreeSet;

use kit::Words;

use super::super::compose::{self, Part, said};
use super::super::doing;
use super::super::numbers::{FIGURES, Number, Numbers, Returns, gather};
use super::super::render;
use super::*;
use crate::duties::rhythm::RHYTHMS;

fn words() -> Words {
    house::words().unwrap()
}

fn prose(report: &compose::Report) -> Vec<String> {
    report.paragraphs.iter().map(|paragraph| paragraph.parts.iter().map(Part::text).collect()).collect()
}

#[tokio::test]
async fn the_year_in_words() {
    let county = County::new().await;
    let report = super::super::year_report(&county.bureau(), 2021, None).await.unwrap();
    assert_eq!(report.heading, "试县2021年学校安全工作报告");
    let prose = prose(&report);
    assert_eq!(
        prose[..5],
        [
            "截至2021年12月20日，全县有学校3所（含幼儿园），另有校区和教学点1个；有班级2个，在籍学生8名，其中寄宿生1名；学校和教育单位有教职工3名。在任的学校安全专干1名，兼职督学（安全督查员）1名。",
            "2021年发现隐患6条，其中重大隐患1条；学校自查发现3条，占50.00%；当场整改1条，占16.67%。截至2021年12月20日，上述隐患已销号4条，整改率（按发现数）66.67%：按原定时限销号2条，延期后销号1条，逾期销号1条。时限在2021年到期的隐患6条，按时限整改4条，按期整改率66.67%。",
            "存在的问题：截至2021年12月20日，未销号隐患2条，其中逾期未销号1条，未销号重大隐患1条，交办后待签收1条；销号后反弹1条，其中已再次销号1条，占已销号隐患的25.00%；认定拒不整改1条。",
            "月度确认：3所学校中，有1所缺少月度确认，缺少的月份作“未报”处理，不计为零；应报21份，已确认20份，其中零报告3份。",
            "与上年同期（截至2020年12月20日）相比：发现隐患由2条增加到6条，增加4条；未销号由1条增加到2条，增加1条；逾期未销号由0条增加到1条，增加1条；反弹后再次销号由0条增加到1条，增加1条。",
        ]
    );
    let asked = "2021年1月1日至2021年12月19日，按规定应由学校办理、要求留有记录的职责";
    assert!(
        prose[5].starts_with(asked) && prose[5].contains("其中每周的职责") && prose[5].ends_with("免除0项。"),
        "{prose:?}"
    );
    assert_eq!(prose[6..8], ["2021年逾期后逐级督办的事项为0件。", "2021年产生的消息为0条。"]);
    // Nobody called a roll, and that is what it says.
    let owed = "2021年1月1日至2021年12月19日，到校点名应点";
    assert!(prose[8].starts_with(owed) && prose[8].contains("按时点名0次，占应点的0.00%"), "{prose:?}");
    let open = report.compare.iter().find(|line| line.label == words().get(Lang::Zh, "figure.hazards.open")).unwrap();
    assert_eq!(
        (open.now.as_str(), open.before.as_str(), open.change.as_str(), open.worse),
        ("2", "1", "+1（+100.00%）", Some(true))
    );
}

/// Every id that a sentence may name.
fn all_ids() -> Vec<String> {
    let duties = RHYTHMS.iter().map(|rhythm| format!("{rhythm}.")).chain([String::new()]);
    let duties = duties.flat_map(|of| doing::COUNTED.iter().map(move |state| format!("duties.{of}{state}")));
    let rolls = doing::ROLLS.iter().map(|state| format!("rolls.{state}"));
    FIGURES.iter().chain(doing::FIGURES).map(|id| (*id).to_owned()).chain(duties).chain(rolls).collect()
}

/// Numbers that differ from each other, so that none can stand in for another.
fn numbers(scale: i64) -> Numbers {
    let ids = all_ids();
    let series = |start: i64| {
        let number = |(at, id): (i64, &String)| {
            (
                id.clone(),
                Number {
                    value: start + at * scale,
                    denominator: Some(7 * start + at * scale),
                    formula: 1,
                    small: false,
                },
            )
        };
        (0..).zip(&ids).map(number).collect()
    };
    Numbers {
        county: "试县".into(),
        year: 2021,
        cutoff: day("2021-12-20"),
        figures: series(scale * 31),
        before_cutoff: day("2020-12-20"),
        before: series(scale * 17),
        returns: Some(Returns { all: 5 * scale, missing: scale, rows: None }),
        began: None,
    }
}

/// Who was enrolled before anybody was written down cannot be counted from those who are there today.
#[test]
fn of_a_year_before_the_register_no_pupils_are_told() {
    let words = words();
    let text = |numbers: &Numbers| {
        let report = compose::year(&words, Lang::Zh, numbers);
        report.paragraphs[0].parts.iter().map(Part::text).collect::<String>()
    };
    let mut numbers = numbers(3);
    assert!(text(&numbers).contains("在籍学生"));
    // In the course of the year: its last day is known.
    numbers.began = Some(day("2021-03-01"));
    assert!(text(&numbers).contains("在籍学生"));
    numbers.began = Some(day("2022-03-01"));
    let said = text(&numbers);
    assert!(said.contains("自2022年3月1日起登记") && !said.contains("在籍学生"), "{said}");
}

fn digits(text: &str) -> Vec<String> {
    text.split(|letter: char| !letter.is_ascii_digit()).filter(|run| !run.is_empty()).map(str::to_owned).collect()
}

/// Every run of digits that may stand in a report of these numbers.
fn allowed(words: &Words, lang: Lang, numbers: &Numbers) -> BTreeSet<String> {
    // The first day of the year and the last whose duties are counted; nine of ten.
    let mut texts: Vec<String> = ["2021", "2020", "12", "20", "1", "01", "19", "90"].map(str::to_owned).to_vec();
    for number in numbers.figures.values().chain(numbers.before.values()) {
        texts.push(engine::figures::number(lang, number.value));
        texts.push(said(words, lang, number.value));
        texts.extend(number.share().map(engine::figures::percent));
    }
    for id in &all_ids() {
        texts.push(engine::figures::change(words, lang, numbers.value(id), numbers.value_before(id)));
    }
    texts.extend(
        numbers
            .returns
            .iter()
            .flat_map(|returns| [returns.all, returns.missing])
            .map(|count| engine::figures::number(lang, count)),
    );
    texts.iter().flat_map(|text| digits(text)).collect()
}

#[test]
fn every_number_is_a_figure_the_year_or_a_day() {
    let words = words();
    for scale in [1, 37, 4111] {
        for lang in Lang::ALL {
            let numbers = numbers(scale);
            let report = compose::year(&words, *lang, &numbers);
            let allowed = allowed(&words, *lang, &numbers);
            for text in [
                render::markdown(&report),
                render::html(&report)
                    .replace("<h1>", "")
                    .replace("</h1>", "")
                    .replace("<h2>", "")
                    .replace("</h2>", "")
                    .replace("utf-8", ""),
            ] {
                let typed: Vec<_> = digits(&text).into_iter().filter(|run| !allowed.contains(run)).collect();
                assert_eq!(typed, Vec::<String>::new(), "{text}");
            }
            for part in report.paragraphs.iter().flat_map(|paragraph| &paragraph.parts) {
                assert!(!matches!(part, Part::Text(text) if text.chars().any(char::is_numeric)), "{part:?}");
                assert!(!part.text().contains(['{', '}']), "{part:?}");
            }
        }
    }
}

#[test]
fn no_sentence_has_a_number_of_its_own_and_every_place_is_known() {
    let words = words();
    let given = [
        "year",
        "before",
        "first",
        "last",
        "counted",
        "cutoff",
        "before_cutoff",
        "county",
        "most",
        "began",
        "coverage.all",
        "coverage.missing",
        "then",
        "now",
        "by",
        "rate",
    ];
    let ids = all_ids();
    let mut places = BTreeSet::new();
    for (key, word) in words.iter().filter(|(key, _)| key.starts_with("report.year.")) {
        let mut sets = Vec::new();
        for lang in Lang::ALL {
            let mut set = BTreeSet::new();
            for (at, piece) in word.get(*lang).split(['{', '}']).enumerate() {
                if at % 2 == 1 {
                    set.insert(piece.to_owned());
                    continue;
                }
                assert!(!piece.chars().any(char::is_numeric), "{key}: a number is typed: {piece}");
                assert!(
                    *lang == Lang::En
                        || !piece.contains([
                            '一', '二', '三', '四', '五', '六', '七', '八', '九', '十', '百', '千', '万', '萬', '亿',
                            '億', '两', '兩'
                        ]),
                    "{key}: {piece}"
                );
            }
            sets.push(set);
        }
        assert!(sets.windows(2).all(|pair| pair[0] == pair[1]), "{key}: the languages do not say the same: {sets:?}");
        places.extend(sets.remove(0));
    }
    for place in &places {
        let id = place.trim_end_matches(['~', '%', '<', '+']);
        assert!(given.contains(&id) || ids.iter().any(|known| known == id), "{place}");
    }
    for id in FIGURES.iter().chain(doing::FIGURES) {
        assert!(words.has(&format!("figure.{id}")), "{id}");
    }
    for state in doing::COUNTED {
        assert!(words.has(&format!("report.duties.{state}")), "{state}");
    }
    for state in doing::ROLLS {
        assert!(words.has(&format!("report.rolls.{state}")), "{state}");
    }
}

#[test]
fn nothing_found_is_said_only_as_far_as_it_was_confirmed() {
    let words = words();
    let mut quiet = numbers(1);
    for id in ["hazards.found", "hazards.due", "returns.confirmed"] {
        quiet.figures.insert(id.into(), Number { value: 0, denominator: Some(0), formula: 1, small: false });
        quiet.before.insert(id.into(), Number { value: 0, denominator: Some(0), formula: 1, small: false });
    }
    let said = |numbers: &Numbers| prose(&compose::year(&words, Lang::Zh, numbers));
    assert_eq!(said(&quiet)[1], "2021年没有登记隐患（0条）；尚有学校未作月度确认，不能据此认为没有隐患。");
    // The drafts of that year were made by the program, and nobody confirmed one.
    assert!(quiet.value_before("returns.made") > 0);
    assert_eq!(said(&quiet)[4], "上年同期没有登记隐患，也没有月度确认，不作比较。");
    let report = compose::year(&words, Lang::Zh, &quiet);
    let line = |id: &str| {
        let key = format!("figure.{id}");
        let label = words.get(Lang::Zh, &key);
        report.compare.iter().find(|line| line.label == label).unwrap()
    };
    let open = line("hazards.open");
    assert_eq!((open.before.as_str(), open.change.as_str(), open.worse), ("—", "—", None), "nothing grew from nothing");
    assert_ne!(line("schools").before, "—");
    quiet.returns = Some(Returns { all: 76, missing: 0, rows: None });
    assert_eq!(said(&quiet)[1], "2021年各校逐月确认，均未发现隐患（0条）。");
    assert!(said(&quiet)[3].contains("全部76所学校已确认各应报月份，缺报学校0所"));
    quiet.returns = None;
    assert_eq!(said(&quiet)[1], "2021年没有登记隐患（0条）；尚有学校未作月度确认，不能据此认为没有隐患。");
    assert_eq!(said(&quiet)[3], "月度确认：时段内还没有应当确认的月份。");
}

/// In the words of an official text, and without a percentage where there were few to grow from.
#[test]
fn what_became_of_a_number_is_said_in_words() {
    let words = words();
    for (lang, then, now, said) in [
        (Lang::Zh, 35, 40, "发现隐患由35条增加到40条，增加5条（增长14.29%）；"),
        (Lang::Zh, 40, 35, "发现隐患由40条减少到35条，减少5条（下降12.50%）；"),
        (Lang::Zh, 5, 6, "发现隐患由5条增加到6条，增加1条（增长20.00%）；"),
        (Lang::Zh, 4, 6, "发现隐患由4条增加到6条，增加2条；"),
        (Lang::Zh, 4, 0, "发现隐患由4条减少到0条，减少4条；"),
        (Lang::Zh, 6, 6, "发现隐患6条，持平；"),
        (Lang::Tw, 35, 40, "發現隱患由35條增加到40條，增加5條（增長14.29%）；"),
        (Lang::En, 35, 40, "hazards found rose from 35 to 40, by 5 hazards (14.29%);"),
        (Lang::En, 4, 3, "hazards found fell from 4 to 3, by 1 hazard;"),
        (Lang::En, 6, 6, "hazards found stayed at 6;"),
    ] {
        let mut numbers = numbers(1);
        let number = |value| Number { value, denominator: None, formula: 1, small: false };
        numbers.figures.insert("hazards.found".into(), number(now));
        numbers.before.insert("hazards.found".into(), number(then));
        let report = compose::year(&words, lang, &numbers);
        assert!(prose(&report).iter().any(|text| text.contains(said)), "{said}: {:?}", prose(&report));
        let linked = |number: i64, period: &str| {
            let parts = report.paragraphs.iter().flat_map(|paragraph| &paragraph.parts);
            let page = format!("/figures/hazards.found?period={period}&");
            parts
                .filter(|part| part.text() == number.to_string())
                .any(|part| matches!(part, Part::Figure { href, .. } if href.starts_with(&page)))
        };
        assert!(linked(now, "2021") && (then == now || linked(then, "2020")), "{then} {now}");
    }
}

/// Where nothing was closed, nothing is a share of it; and of a year that nobody wrote down there is nothing to say.
#[test]
fn a_share_of_nothing_is_not_said() {
    let words = words();
    let said = |numbers: &Numbers| prose(&compose::year(&words, Lang::Zh, numbers));
    let mut none = numbers(1);
    let nought = |denominator| Number { value: 0, denominator, formula: 2, small: false };
    none.figures.insert("hazards.relapsed".into(), nought(Some(0)));
    none.figures.insert("duties.done".into(), nought(Some(0)));
    let text = said(&none).concat();
    assert!(text.contains("其中已再次销号0条；认定拒不整改"), "{text}");
    assert!(text.contains("按时完成0项；逾期完成") && !text.contains('—') && !text.contains('['), "{text}");
    for number in none.figures.values_mut() {
        *number = nought(None);
    }
    none.began = Some(day("2022-03-01"));
    let report = compose::year(&words, Lang::Zh, &none);
    let text = prose(&report);
    assert_eq!((text.len(), report.compare.len()), (2, 0), "{text:?}");
    assert!(text[1].contains("2021年没有登记隐患") && text[1].contains("不作统计和比较"), "{text:?}");
    assert!(!render::markdown(&report).contains('|') && !render::html(&report).contains("<table>"));
    // What was entered later of that year is told.
    none.figures.insert("hazards.found".into(), Number { value: 1, ..nought(None) });
    assert!(said(&none).len() > 2);
}

#[test]
fn what_came_back_and_is_still_open_is_told() {
    let words = words();
    let mut numbers = numbers(1);
    numbers.figures.insert("hazards.reopened".into(), Number { value: 9, denominator: None, formula: 1, small: false });
    numbers.figures.insert("hazards.relapsed".into(), Number { value: 0, denominator: None, formula: 1, small: false });
    let said = |numbers: &Numbers| prose(&compose::year(&words, Lang::Zh, numbers))[2].clone();
    assert!(said(&numbers).contains("销号后反弹9条，其中已再次销号0条"), "{}", said(&numbers));
    // As it was frozen before that was counted.
    numbers.figures.remove("hazards.reopened");
    assert!(said(&numbers).contains("；反弹后再次销号0条"), "{}", said(&numbers));
}

#[test]
fn large_numbers_as_a_report_says_them() {
    let words = words();
    let cases = [
        (0, "0"),
        (9_999, "9999"),
        (10_000, "1万"),
        (10_001, "1万余"),
        (10_999, "1万余"),
        (11_000, "1.1万"),
        (20_500, "2万余"),
        (99_999, "9.9万余"),
        (114_000, "11.4万"),
        (114_213, "11.4万余"),
        (114_999, "11.4万余"),
        (115_000, "11.5万"),
        (1_234_567, "123.4万余"),
    ];
    for (value, text) in cases {
        assert_eq!(said(&words, Lang::Zh, value), text);
        assert_eq!(said(&words, Lang::Tw, value), text.replace('万', "萬").replace('余', "餘"));
    }
    assert_eq!(said(&words, Lang::En, 114_213), "114,213");
}

#[test]
fn no_english_sentence_holds_a_chinese_character() {
    let words =
        Words::parse(&[("reports", include_str!("../text.toml")), ("doing", include_str!("../doing.toml"))]).unwrap();
    for (key, word) in words.iter() {
        assert!(word.en.chars().all(|letter| !('\u{2e80}'..='\u{ffef}').contains(&letter)), "{key}: {}", word.en);
        assert!([&word.zh, &word.tw, &word.en].iter().all(|text| !text.trim().is_empty()), "{key}");
    }
}

#[tokio::test]
async fn files_are_whole() {
    let county = County::new().await;
    let numbers = gather(&county.bureau(), 2021, day("2021-12-20")).await.unwrap();
    let report = compose::year(&words(), Lang::Zh, &numbers);
    let markdown = render::markdown(&report);
    assert!(markdown.starts_with("# 试县2021年学校安全工作报告\n\n数据截至2021年12月20日\n\n截至"), "{markdown}");
    assert!(
        markdown.contains("\n## 隐患排查与整改\n")
            && markdown.contains("\n| 指标 | 2021年 | 上年同期 | 增减 |\n|---|--:|--:|--:|\n"),
        "{markdown}"
    );
    let html = render::html(&report);
    assert!(
        html.starts_with("<!doctype html>\n<html lang=\"zh-CN\">")
            && html.contains("<data value=\"hazards.found\">6</data>条"),
        "{html}"
    );
    assert!(!html.contains("style=") && !html.contains("<script"));
}
