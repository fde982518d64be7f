//! 拼音: a name as it sounds, whole and by its initials, from its beginning and from each later character on:
//! `zhangxiaoming`, `xiaoming`, `ming`, `zxm`, `xm`.

use std::collections::BTreeSet;

use pinyin::ToPinyin;

use super::letters::Run;
use crate::field::Sound;

/// Characters of a name that are spoken at most: names of persons are shorter, those of schools hardly longer.
const MOST: usize = 24;
/// Ways to say one name at most.
const WAYS: usize = 6;

/// Surnames of two characters of which one sounds otherwise there.
const COMPOUND: &[(&str, &[&str])] = &[
    ("万俟", &["mo", "qi"]),
    ("尉迟", &["yu", "chi"]),
    ("长孙", &["zhang", "sun"]),
    ("单于", &["chan", "yu"]),
    ("澹台", &["tan", "tai"]),
    ("令狐", &["ling", "hu"]),
    ("鲜于", &["xian", "yu"]),
    ("宰父", &["zai", "fu"]),
    ("亓官", &["qi", "guan"]),
    ("皇甫", &["huang", "fu"]),
];

/// Characters that sound otherwise as a surname. The usual sound is found too: not everyone knows.
#[rustfmt::skip] // As many to a line as fit.
const SURNAMES: &[(char, &str)] = &[
    ('单', "shan"), ('仇', "qiu"), ('解', "xie"), ('曾', "zeng"), ('区', "ou"), ('查', "zha"), ('盖', "ge"), ('朴', "piao"),
    ('任', "ren"), ('华', "hua"), ('召', "shao"), ('冼', "xian"), ('缪', "miao"), ('宓', "mi"), ('尉', "wei"), ('燕', "yan"),
    ('繁', "po"), ('秘', "bi"), ('种', "chong"), ('员', "yun"), ('句', "gou"), ('折', "she"), ('黑', "he"), ('能', "nai"),
    ('乜', "nie"), ('隗', "wei"), ('郗', "xi"), ('覃', "qin"), ('谌', "chen"), ('翟', "zhai"), ('乐', "yue"), ('薄', "bo"),
    ('卜', "bu"), ('都', "du"), ('纪', "ji"), ('贾', "jia"), ('洗', "xian"), ('莘', "shen"), ('盛', "sheng"), ('石', "shi"),
    ('宿', "su"), ('於', "yu"), ('长', "zhang"), ('祭', "zhai"), ('郇', "xun"), ('牟', "mou"), ('么', "yao"), ('幺', "yao"),
    ('柏', "bai"), ('贲', "ben"),
];

/// Characters of given names, surnames and places that people say in more than one way.
#[rustfmt::skip] // As many to a line as fit.
const OTHERWISE: &[(char, &[&str])] = &[
    ('乐', &["le", "yue"]), ('行', &["xing", "hang"]), ('朝', &["chao", "zhao"]), ('重', &["chong", "zhong"]),
    ('长', &["chang", "zhang"]), ('晟', &["sheng", "cheng"]), ('盛', &["sheng", "cheng"]), ('茜', &["qian", "xi"]),
    ('莎', &["sha", "suo"]), ('娜', &["na", "nuo"]), ('柏', &["bai", "bo"]), ('厦', &["xia", "sha"]), ('藏', &["cang", "zang"]),
    ('参', &["can", "shen"]), ('隽', &["jun", "juan"]), ('曾', &["zeng", "ceng"]), ('解', &["jie", "xie"]),
    ('单', &["dan", "shan"]), ('仇', &["chou", "qiu"]), ('区', &["qu", "ou"]), ('查', &["cha", "zha"]), ('盖', &["gai", "ge"]),
    ('朴', &["pu", "piao"]), ('翟', &["zhai", "di"]), ('谌', &["chen", "shen"]), ('覃', &["qin", "tan"]), ('隗', &["wei", "kui"]),
    ('郗', &["xi", "chi"]), ('郇', &["xun", "huan"]), ('牟', &["mou", "mu"]), ('宿', &["su", "xiu"]), ('会', &["hui", "kuai"]),
    ('调', &["tiao", "diao"]), ('传', &["chuan", "zhuan"]), ('降', &["xiang", "jiang"]), ('强', &["qiang", "jiang"]),
    ('六', &["liu", "lu"]), ('车', &["che", "ju"]), ('尉', &["wei", "yu"]), ('祭', &["ji", "zhai"]), ('莘', &["xin", "shen"]),
    ('洗', &["xi", "xian"]), ('石', &["shi", "dan"]), ('绿', &["lv", "lu"]), ('缪', &["miao", "mou"]), ('万', &["wan", "mo"]),
    ('都', &["du", "dou"]),
];

/// The words of a name as it sounds. A character that the table does not know (生僻字) is left out, and the rest is found.
pub(super) fn of(runs: &[Run], sound: Sound) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for way in ways(&syllables(runs, sound)) {
        for from in 0..way.len() {
            words.insert(way[from..].concat());
            if way.len() - from > 1 {
                words.insert(way[from..].iter().filter_map(|syllable| syllable.chars().next()).collect());
            }
        }
    }
    words
}

/// What each character may sound like, the likeliest first. A number or a Latin word within a name is said as it is written.
fn syllables(runs: &[Run], sound: Sound) -> Vec<Vec<String>> {
    let mut syllables = Vec::new();
    for run in runs {
        match run {
            Run::Han(letters, _) if sound == Sound::Person && syllables.is_empty() => person(letters, &mut syllables),
            Run::Han(letters, _) => syllables.extend(letters.iter().map(|letter| usual(*letter))),
            Run::Word(word, _) => syllables.push(vec![word.clone()]),
        }
    }
    syllables.retain(|readings| !readings.is_empty());
    // A name without any Chinese character is found by its letters already.
    if runs.iter().all(|run| matches!(run, Run::Word(..))) {
        syllables.clear();
    }
    syllables.truncate(MOST);
    syllables
}

fn person(letters: &[char], syllables: &mut Vec<Vec<String>>) {
    let begins = |(name, _): &&(&str, &[&str])| name.chars().eq(letters.iter().take(2).copied());
    let surname = COMPOUND.iter().find(begins).map(|(_, sounds)| *sounds);
    let surname = surname.or_else(|| {
        let (_, sound) = SURNAMES.iter().find(|(letter, _)| letters.first() == Some(letter))?;
        Some(std::slice::from_ref(sound))
    });
    let surname = surname.unwrap_or_default();
    for (at, letter) in letters.iter().enumerate() {
        let mut readings = usual(*letter);
        if let Some(sound) = surname.get(at) {
            readings.retain(|reading| reading != sound);
            readings.insert(0, (*sound).to_owned());
        }
        syllables.push(readings);
    }
}

fn usual(letter: char) -> Vec<String> {
    if let Some((_, readings)) = OTHERWISE.iter().find(|(known, _)| *known == letter) {
        return readings.iter().map(|reading| (*reading).to_owned()).collect();
    }
    letter.to_pinyin().map(|sound| sound.plain().replace('ü', "v")).into_iter().collect()
}

/// The likeliest way to say it, and each other sound in its place alone.
fn ways(syllables: &[Vec<String>]) -> Vec<Vec<&str>> {
    let first: Vec<&str> = syllables.iter().filter_map(|readings| readings.first().map(String::as_str)).collect();
    let others = syllables.iter().enumerate().flat_map(|(at, readings)| {
        let first = &first;
        readings.iter().skip(1).map(move |reading| {
            let mut way = first.clone();
            way[at] = reading;
            way
        })
    });
    std::iter::once(first.clone()).chain(others.collect::<Vec<_>>()).take(WAYS).collect()
}
