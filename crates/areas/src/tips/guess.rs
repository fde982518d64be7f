//! What kind of hazard three words are about: a guess, which the triager corrects.

use crate::hazards::record::Category;

/// Words that give a category away, the more telling first.
const SIGNS: &[(Category, &[&str])] = &[
    (Category::Fire, &["灭火器", "消防", "疏散", "安全出口", "着火", "冒烟", "火灾", "应急灯", "fire", "smoke"]),
    (Category::ElectricityGas, &["电线", "插座", "漏电", "电箱", "煤气", "燃气", "水管", "漏水", "wire", "gas"]),
    (Category::Food, &["饭", "菜", "食堂", "食品", "变质", "虫子", "过期", "喝水", "饮水", "拉肚子", "food", "water"]),
    (Category::SpecialEquipment, &["电梯", "锅炉", "压力", "lift", "boiler"]),
    (Category::Laboratory, &["实验", "化学", "药品", "chemical"]),
    (Category::Stampede, &["拥挤", "踩踏", "挤", "楼梯", "crowd", "stairs"]),
    (Category::Water, &["水塘", "池塘", "河边", "溺水", "游泳", "pond", "river"]),
    (
        Category::Traffic,
        &["校车", "汽车", "摩托", "电动车", "停车", "红绿灯", "斑马线", "超载", "车", "bus", "traffic"],
    ),
    (
        Category::Security,
        &["陌生人", "门卫", "保安", "围墙", "监控", "打架", "翻墙", "狗", "guard", "fence", "stranger"],
    ),
    (
        Category::Building,
        &["墙", "瓷砖", "天花板", "裂", "栏杆", "扶手", "窗", "玻璃", "屋顶", "地砖", "松动", "wall", "window"],
    ),
    (Category::Surroundings, &["小摊", "摊", "网吧", "工地", "噪音", "stall", "site"]),
];

/// The words first; where they say nothing, the place.
pub fn category(spot: &str, words: &str) -> Category {
    let words = kit::tidy::fold(words);
    let sign = SIGNS.iter().find(|(_, signs)| signs.iter().any(|sign| words.contains(sign)));
    sign.map_or_else(|| by_place(spot), |(category, _)| *category)
}

fn by_place(spot: &str) -> Category {
    match spot {
        "gate" => Category::Security,
        "canteen" => Category::Food,
        "bus" => Category::Traffic,
        "surroundings" => Category::Surroundings,
        "classroom" | "corridor" | "playground" | "dormitory" | "toilet" => Category::Building,
        _ => Category::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_before_places() {
        for (spot, words, expected) in [
            ("corridor", "灭火器没压力", Category::Fire),
            ("canteen", "菜里有虫子", Category::Food),
            ("canteen", "电线裸露", Category::ElectricityGas),
            ("gate", "摩托车乱停", Category::Traffic),
            ("gate", "好多人", Category::Security),
            ("bus", "没开空调", Category::Traffic),
            ("other", "？？", Category::Other),
            ("other", "FIRE exit locked", Category::Fire),
            ("", "", Category::Other),
        ] {
            assert_eq!(category(spot, words), expected, "{spot} {words}");
        }
    }
}
