//! Which schools the county has: names, kinds, places and sizes.
//!
//! Six of them are the schools that passed the city's acceptance (验收) of safe and civilised campuses in 2020; everything
//! that the sample county says of them is invented. The names of the others follow from place and kind.

use super::schools::{Habit, SAMPLE_SCHOOL};
use super::units::{HOME, Township, Units};

/// One school as planned.
#[derive(Clone, Debug)]
pub struct Spec {
    pub name: String,
    pub township: String,
    pub kind: &'static str,
    /// Classes in each grade: kindergarten, primary, junior, senior.
    pub streams: [usize; 4],
    pub boarding: bool,
    pub private: bool,
    /// The township's central school, which confirms for those too small to confirm for themselves.
    pub central: bool,
    /// Too small to confirm for itself that a hazard is gone.
    pub small: bool,
    pub urban_rural: &'static str,
    /// Teaching points.
    pub points: usize,
    pub habit: Habit,
}

impl Spec {
    fn new(name: impl Into<String>, township: &str, kind: &'static str, streams: [usize; 4]) -> Self {
        let seat = township < "431124100";
        Self {
            name: name.into(),
            township: township.to_owned(),
            kind,
            streams,
            boarding: matches!(
                kind,
                "senior" | "complete_secondary" | "vocational" | "junior" | "nine_year" | "twelve_year"
            ),
            private: false,
            central: false,
            small: kind == "incomplete_primary",
            urban_rural: if seat {
                "121"
            } else if township < "431124200" {
                "122"
            } else {
                "210"
            },
            points: 0,
            habit: Habit::Ordinary,
        }
    }

    fn private(self) -> Self {
        Self { private: true, ..self }
    }

    fn central(self, points: usize) -> Self {
        Self { central: true, points, ..self }
    }

    /// The first two digits of the school ID (学校标识码).
    pub fn id_type(&self) -> &'static str {
        match self.kind {
            "kindergarten" => "11",
            "junior" | "nine_year" => "31",
            "complete_secondary" | "senior" | "twelve_year" => "34",
            "vocational" => "36",
            "special" => "51",
            _ => "21",
        }
    }

    pub fn several_stages(&self) -> bool {
        self.streams.iter().filter(|streams| **streams > 0).count() > 1
    }

    pub fn owner(&self) -> &'static str {
        match self.name.as_str() {
            _ if self.private => "private",
            "道县机关幼儿园" => "other_department",
            _ => "education",
        }
    }
}

pub fn specs(units: &Units) -> Vec<Spec> {
    let mut specs: Vec<Spec> = units.townships.iter().filter(|township| !township.farm).flat_map(of_township).collect();
    specs.extend(of_seat());
    specs
}

/// What every township has: in the county seat a primary school and a kindergarten, in a town a central primary, a junior
/// school and a kindergarten, in a Yao township (瑶族乡) a nine-year school and a kindergarten.
fn of_township(township: &Township) -> Vec<Spec> {
    let (short, name, code) = (township.short(), township.unit.name.as_str(), township.unit.code.as_str());
    let kindergarten = Spec::new(format!("{name}中心幼儿园"), code, "kindergarten", [4, 0, 0, 0]);
    if name.ends_with("街道") {
        let primary = Spec::new(format!("{short}小学"), code, "central_primary", [0, 10, 0, 0]).central(0);
        return vec![primary, Spec { streams: [5, 0, 0, 0], ..kindergarten }];
    }
    if name.ends_with("瑶族乡") {
        return vec![
            Spec::new(format!("{name}学校"), code, "nine_year", [0, 3, 3, 0]).central(4),
            Spec { small: true, streams: [1, 0, 0, 0], ..kindergarten },
        ];
    }
    let primary_name = match short {
        "清塘" | "白马渡" => format!("{short}中心小学"),
        "桥头" => "道县桥头小学".to_owned(),
        _ => format!("{name}中心小学"),
    };
    let primary = Spec::new(primary_name, code, "central_primary", [0, 8, 0, 0]).central(4);
    let junior = Spec::new(format!("{name}初级中学"), code, "junior", [0, 0, 10, 0]);
    if code == HOME {
        let village = Spec::new(SAMPLE_SCHOOL, code, "nine_year", [0, 4, 4, 0]);
        let [silent, perfect] = [Habit::Silent, Habit::Perfect];
        let (kindergarten, junior) = (
            Spec { habit: silent, small: true, streams: [2, 0, 0, 0], ..kindergarten },
            Spec { habit: perfect, ..junior },
        );
        return vec![primary, Spec { urban_rural: "220", ..village }, junior, kindergarten];
    }
    vec![primary, junior, kindergarten]
}

/// Schools for the whole county, private ones, and a few more of their own kind.
fn of_seat() -> Vec<Spec> {
    vec![
        Spec::new("道县一中", "431124001", "senior", [0, 0, 0, 26]),
        Spec::new("道县二中", "431124002", "senior", [0, 0, 0, 24]),
        Spec::new("道县三中", "431124003", "complete_secondary", [0, 0, 8, 9]),
        Spec::new("道县四中", "431124004", "junior", [0, 0, 18, 0]),
        Spec::new("道县五中", "431124005", "junior", [0, 0, 20, 0]),
        Spec::new("道县六中", "431124006", "junior", [0, 0, 16, 0]),
        Spec::new("绍基学校", "431124001", "nine_year", [0, 6, 8, 0]),
        Spec::new("道县职业中等专业学校", "431124007", "vocational", [0, 0, 0, 14]),
        Spec { boarding: true, ..Spec::new("道县特殊教育学校", "431124005", "special", [0, 1, 0, 0]) },
        Spec::new("道县机关幼儿园", "431124002", "kindergarten", [6, 0, 0, 0]),
        Spec::new("道县湘源双语学校", "431124003", "twelve_year", [0, 4, 5, 4]).private(),
        Spec::new("道县月岩学校", "431124004", "nine_year", [0, 4, 4, 0]).private(),
        Spec::new("道县小水滴幼儿园", "431124001", "kindergarten", [4, 0, 0, 0]).private(),
        Spec::new("道县向日葵幼儿园", "431124006", "kindergarten", [4, 0, 0, 0]).private(),
        Spec::new("道县青草地幼儿园", "431124102", "kindergarten", [3, 0, 0, 0]).private(),
        Spec::new("寿雁镇第二小学", "431124102", "primary", [0, 5, 0, 0]),
        Spec::new("梅花镇第二小学", "431124101", "primary", [0, 4, 0, 0]),
        Spec::new("四马桥镇第二小学", "431124107", "incomplete_primary", [0, 1, 0, 0]),
        Spec::new("蚣坝镇第二小学", "431124106", "incomplete_primary", [0, 1, 0, 0]),
    ]
}
