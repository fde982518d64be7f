//! The records of the organisation, each with its one table of fields.

use kit::{Field, Mask, Noun, ScopeBy, Sound, codes};

/// 单位: everything that is not a school: the county itself, townships, villages, communities, departments, the bureau and its sections.
pub const UNIT_KINDS: &[&str] =
    &["county", "bureau", "section", "department", "township", "farm", "village", "community"];

pub static UNIT: Noun = Noun {
    name: "unit",
    plural: "units",
    fields: &[
        Field::text("code", 20).public().required().list().sort().search().key(),
        Field::text("name", 60).public().required().list().spoken(Sound::Place),
        Field::choice("kind", UNIT_KINDS).public().required().list().filter(),
        Field::refer("parent", "unit").public().list().filter(),
        Field::date("opened_on").public(),
        Field::date("closed_on").public().list(),
    ],
    scope: ScopeBy::EVERYONE,
    title: &["name"],
    subject: None,
    order: "code",
    tallies: &[],
};

/// 学校类型 (types of the ministry's school statistics): what a norm or a timetable may be for.
pub const SCHOOL_KINDS: &[&str] = kit::timetable::STAGES;
/// 举办者
pub const OWNERS: &[&str] = &["education", "other_department", "enterprise", "private", "joint"];
pub const CANTEENS: &[&str] = &["none", "own", "contracted", "delivered"];
/// 城乡分类代码
pub const URBAN_RURAL: &[&str] = &["111", "112", "121", "122", "123", "210", "220"];

/// 学校、校区、教学点. Those with a school ID of their own are counted as schools; a teaching point is a campus of its parent.
pub static SCHOOL: Noun = Noun {
    name: "school",
    plural: "schools",
    fields: &[
        // Empty for a campus: it has its parent's code and a local suffix in `local_code`.
        Field::text("code", 10).public().list().sort().search().check(|text, _| codes::school_id(text)),
        Field::text("local_code", 20).public().required().sort().search().key(),
        Field::text("name", 60).public().required().list().spoken(Sound::Place),
        Field::choice("kind", SCHOOL_KINDS).public().required().list().filter(),
        Field::bool("campus").public().required().list().filter(),
        Field::refer("parent", "school").public().filter(),
        Field::refer("township", "unit").public().required().list().filter(),
        // 中心学校: who confirms for a school too small to confirm for itself.
        Field::refer("central", "school").public(),
        Field::choice("owner", OWNERS).public().required().filter(),
        Field::choice("urban_rural", URBAN_RURAL).public(),
        Field::bool("boarding").public().required().list().filter(),
        Field::choice("canteen", CANTEENS).public().required().filter(),
        Field::int("buses", 0, 200).public().required(),
        Field::text("credit_code", 18).search().check(|text, _| codes::credit_code(text)),
        Field::text("phone", 20).public().search(),
        Field::real("lat", 18.0, 54.0).public(),
        Field::real("lon", 73.0, 136.0).public(),
        Field::date("opened_on").public(),
        Field::date("closed_on").public().list(),
        Field::refer("successor", "school").public(),
    ],
    scope: ScopeBy { home: &["id"], ..ScopeBy::units(&["id", "township"]) },
    title: &["name"],
    subject: None,
    order: "local_code",
    tallies: &[],
};

/// 班级: a cohort of one school that keeps its identity from the first grade to the last.
pub static CLASS: Noun = Noun {
    name: "class",
    plural: "classes",
    fields: &[
        Field::refer("school", "school").required().list().filter().key(),
        // 入学年 and 班号 name a cohort for good: 2019 级 3 班.
        Field::int("entry_year", 2000, 2100).required().list().filter().sort().key(),
        Field::choice("stage", &["kindergarten", "primary", "junior", "senior"]).required().list().filter().key(),
        Field::int("number", 1, 60).required().list().sort().key(),
        Field::text("name", 30).required().list().search(),
        Field::date("ended_on").list(),
    ],
    scope: ScopeBy { classes: &["id"], home: &["school"], ..ScopeBy::units(&["school"]) },
    title: &["name"],
    subject: None,
    order: "name",
    tallies: &[],
};

/// 学年班级: what a class was in one school year: its grade and its teacher.
pub static CLASS_YEAR: Noun = Noun {
    name: "class_year",
    plural: "class-years",
    fields: &[
        Field::refer("school", "school").required().list().filter(),
        Field::refer("class", "class").required().list().filter().key(),
        // The school year that begins on 1 September of this year.
        Field::int("year", 2000, 2100).required().list().filter().sort().key(),
        // 年级 code: 01–03 kindergarten, 11–16 primary, 21–24 junior, 31–33 senior.
        Field::int("grade", 1, 33).worded("class_year.grade.").required().list().filter(),
        Field::refer("teacher", "staff").list(),
    ],
    scope: ScopeBy { classes: &["class"], ..ScopeBy::units(&["school"]) },
    title: &["year"],
    subject: None,
    order: "-year",
    tallies: &[],
};

/// 学生
pub static PUPIL: Noun = Noun {
    name: "pupil",
    plural: "pupils",
    fields: &[
        Field::text("name", 40).personal(Mask::Name).required().list().spoken(Sound::Person),
        Field::choice("sex", &["1", "2", "9"]).required().list().filter(),
        Field::refer("school", "school").required().list().filter(),
        Field::refer("class", "class").required().list().filter(),
        // 学籍号, which contains the ID number and is kept like one.
        Field::text("number", 19)
            .required()
            .sealed(Mask::Number, "number_index")
            .key()
            .check(|text, _| codes::pupil_number(text)),
        Field::index("number_index"),
        Field::text("id_number", 18).sealed(Mask::Number, "id_number_index").check(codes::id_number),
        Field::index("id_number_index"),
        Field::bool("boarder").required().list().filter().past_unset(),
        Field::date("enrolled_on").required(),
        // Set by leaving: graduated, moved away, died, … Whoever comes back had left all the same.
        Field::date("left_on").list().filter().past(),
        Field::refer("enrolment", "enrolment").fixed(),
    ],
    scope: ScopeBy { classes: &["class"], ..ScopeBy::units(&["school"]) },
    title: &["name"],
    subject: Some("id"),
    order: "school",
    tallies: &[&["school", "left_on"], &["school", "class", "sex", "boarder", "left_on"]],
};

/// 在籍: in which class a pupil was from when to when; written by the pupil's own changes.
pub static ENROLMENT: Noun = Noun {
    name: "enrolment",
    plural: "enrolments",
    fields: &[
        Field::refer("pupil", "pupil").required().fixed().list().filter(),
        Field::refer("school", "school").required().fixed().list().filter(),
        Field::refer("class", "class").required().fixed().list().filter(),
        Field::date("from_on").required().fixed().list().sort(),
        Field::date("until_on").fixed().list(),
    ],
    scope: ScopeBy { classes: &["class"], ..ScopeBy::units(&["school"]) },
    title: &[],
    subject: None,
    order: "-from_on",
    tallies: &[&["school", "class"]],
};

/// 监护人
pub static GUARDIAN: Noun = Noun {
    name: "guardian",
    plural: "guardians",
    fields: &[
        Field::refer("pupil", "pupil").required().list().filter().key(),
        // Those of the pupil, and they follow him: by them a class teacher sees the guardians of his class.
        Field::refer("school", "school").required().fixed().filter(),
        Field::refer("class", "class").required().fixed().filter(),
        Field::text("name", 40).personal(Mask::Name).required().list().spoken(Sound::Person).key(),
        // 家庭关系 (GB/T 4761)
        Field::choice("relation", &["51", "52", "61", "62", "63", "64", "99"]).required().list(),
        Field::text("phone", 20)
            .required()
            .sealed(Mask::Phone, "phone_index")
            .list()
            .check(|text, _| codes::phone(text)),
        Field::index("phone_index"),
    ],
    scope: ScopeBy { classes: &["class"], ..ScopeBy::units(&["school"]) },
    title: &["name"],
    subject: Some("pupil"),
    order: "school",
    tallies: &[&["school", "class"]],
};

/// 教职工及其他工作人员
pub static STAFF: Noun = Noun {
    name: "staff",
    plural: "staff",
    fields: &[
        Field::text("number", 20).required().list().sort().search().key(),
        Field::text("name", 40).required().list().spoken(Sound::Person),
        Field::choice("sex", &["1", "2", "9"]).required(),
        // Exactly one of these: where he works.
        Field::refer("school", "school").list().filter(),
        Field::refer("unit", "unit").list().filter(),
        Field::text("phone", 20).sealed(Mask::Phone, "phone_index").check(|text, _| codes::phone(text)),
        Field::index("phone_index"),
        Field::text("id_number", 18).sealed(Mask::Number, "id_number_index").check(codes::id_number),
        Field::index("id_number_index"),
        // Empty for whoever was there before the register began.
        Field::date("joined_on"),
        Field::date("left_on").list(),
    ],
    scope: ScopeBy { home: &["school"], persons: &["id"], ..ScopeBy::units(&["school", "unit"]) },
    title: &["name"],
    subject: Some("id"),
    order: "number",
    tallies: &[],
};

/// 职务: what one can be answerable as.
pub const POSTS: &[&str] = &[
    "principal",
    "vice_safety",
    "safety_officer",
    "class_teacher",
    "guard",
    "canteen_manager",
    "inspector",
    "director",
    "deputy_director",
    "section_head",
    "officer",
    "township_head",
    "liaison",
    "group_head",
    "group_deputy",
    "group_member",
    "group_office",
];

/// Those of them that a school has and no unit; leading groups are everywhere, all others are posts of units.
pub const SCHOOL_POSTS: &[&str] =
    &["principal", "vice_safety", "safety_officer", "class_teacher", "guard", "canteen_manager"];

/// 任职: a post held from one day to another, so that "who was answerable on that day" has an answer. Leading groups
/// (领导小组) are posts too: head, deputies, members and office of the unit's or school's group.
pub static POST: Noun = Noun {
    name: "post",
    plural: "posts",
    fields: &[
        Field::refer("staff", "staff").required().list().filter().key(),
        Field::choice("post", POSTS).required().list().filter().key(),
        Field::refer("school", "school").list().filter().key(),
        Field::refer("unit", "unit").list().filter().key(),
        Field::date("from_on").required().list().sort().key(),
        Field::date("until_on").list(),
        // 任命文号
        Field::text("document", 60).search(),
    ],
    scope: ScopeBy { home: &["school"], persons: &["staff"], ..ScopeBy::units(&["school", "unit"]) },
    title: &["post"],
    subject: None,
    order: "-from_on",
    tallies: &[],
};

/// 督学责任区: which schools an inspector looks after, and when.
pub static INSPECTOR_AREA: Noun = Noun {
    name: "inspector_area",
    plural: "inspector-areas",
    fields: &[
        Field::refer("staff", "staff").required().list().filter().key(),
        Field::refer("school", "school").required().list().filter().key(),
        Field::date("from_on").required().list().sort().key(),
        Field::date("until_on").list(),
    ],
    scope: ScopeBy { home: &["school"], persons: &["staff"], ..ScopeBy::units(&["school"]) },
    title: &[],
    subject: None,
    order: "-from_on",
    tallies: &[],
};
