//! A small county for the tests: two schools, their rooms, and pupils whose number is their secret key.

use std::path::PathBuf;
use std::sync::Arc;

use kit::tree::Node;
use kit::{Actor, Author, Cell, Change, Field, Mask, Noun, Policy, Query, Role, Row, Scope, ScopeBy, Words, codes};
use store::keys::KeyFolder;
use store::{Migration, Opening, Store, Target};
use uuid::Uuid;

use crate::app::{App, Cx, Setting};
use crate::area::{Area, Kind};
use crate::clock::{self, Clock};
use crate::io::{Plan, Stopped, Summary, carry_out, quiet, read_and_plan};
use crate::messages::Outside;
use crate::save::Refused;

pub static UNIT: Noun = Noun {
    name: "unit",
    plural: "units",
    fields: &[
        Field::text("code", 20).required().list().key(),
        Field::text("name", 60).required().list(),
        Field::refer("parent", "unit").list(),
    ],
    scope: ScopeBy::EVERYONE,
    title: &["name"],
    subject: None,
    order: "code",
    tallies: &[],
};
pub static SCHOOL: Noun = Noun {
    name: "school",
    plural: "schools",
    fields: &[Field::text("code", 20).required().list().key(), Field::text("name", 60).required().list()],
    scope: ScopeBy { home: &["id"], ..ScopeBy::units(&["id"]) },
    title: &["name"],
    subject: None,
    order: "code",
    tallies: &[],
};
pub static ROOM: Noun = Noun {
    name: "room",
    plural: "rooms",
    fields: &[
        Field::refer("school", "school").required().list().key(),
        Field::int("number", 1, 60).required().list().key(),
        Field::text("name", 30).required().list(),
    ],
    scope: ScopeBy::units(&["school"]),
    title: &["name"],
    subject: None,
    order: "name",
    tallies: &[],
};
pub static CHILD: Noun = Noun {
    name: "child",
    plural: "children",
    fields: &[
        Field::text("name", 20).personal(Mask::Name).required().list(),
        Field::choice("sex", &["1", "2", "9"]).required().list(),
        Field::refer("school", "school").required().list().filter(),
        Field::refer("room", "room").required().list(),
        Field::text("number", 18).required().sealed(Mask::Number, "number_index").key().check(codes::id_number),
        Field::index("number_index"),
        Field::text("phone", 20).sealed(Mask::Phone, "phone_index").check(|text, _| codes::phone(text)),
        Field::index("phone_index"),
        Field::date("born").required().list(),
        Field::int("height", 40, 250),
        Field::real("weight", 0.0, 300.0),
        Field::bool("boarder").required().list(),
        Field::long("note", 200),
        Field::date("left_on").list(),
        Field::text("state", 10).fixed().list(),
    ],
    scope: ScopeBy::units(&["school"]),
    title: &["name"],
    subject: Some("id"),
    order: "school",
    tallies: &[],
};

const SCHEMA: &str = "
create table unit (id uuid primary key, version bigint not null, code text not null, name text not null, parent uuid);
create unique index unit_code_key on unit (code);
create table school (id uuid primary key, version bigint not null, code text not null, name text not null);
create unique index school_code_key on school (code);
create table room (id uuid primary key, version bigint not null, school uuid not null, number bigint not null, name text not null);
create unique index room_number_key on room (school, number);
create table child (id uuid primary key, version bigint not null, name text not null, sex text not null, school uuid not null, room uuid not null,
  number text not null, number_index text, phone text, phone_index text, born date not null, height bigint, weight double precision, boarder boolean not null, note text, left_on date,
  state text);
create unique index child_number_key on child (number_index)";

const POLICY: &str = "
unit read import export : bureau
school read import export : bureau school
room read import export : bureau school
child read import export : bureau school
child read : teacher
child see : bureau";

const WORDS: &str = r#"
"child" = { zh = "学生", tw = "學生", en = "Child" }
"child.plural" = { zh = "学生", tw = "學生", en = "Children" }
"child.name" = { zh = "姓名", tw = "姓名", en = "Full name" }
"room.school" = { zh = "学校", tw = "學校", en = "School" }
"room.number" = { zh = "班号", tw = "班號", en = "Number" }
"child.sex" = { zh = "性别", tw = "性別", en = "Sex" }
"child.sex.1" = { zh = "男", tw = "男", en = "Male" }
"child.sex.2" = { zh = "女", tw = "女", en = "Female" }
"child.sex.9" = { zh = "未说明", tw = "未說明", en = "Not stated" }
"child.school" = { zh = "学校", tw = "學校", en = "School" }
"child.room" = { zh = "班级", tw = "班級", en = "Room" }
"child.number" = { zh = "证件号码", tw = "證件號碼", en = "Number" }
"child.boarder.yes.also" = { zh = "住校，寄宿", tw = "住校，寄宿", en = "Boarding" }
"child.boarder.no.also" = { zh = "走读", tw = "走讀", en = "Day" }
"child.number.also" = { zh = "身份证号，身份证号码", tw = "身份證號，身份證號碼", en = "ID card" }
"child.phone" = { zh = "电话", tw = "電話", en = "Telephone" }
"child.born" = { zh = "出生日期", tw = "出生日期", en = "Born on" }
"child.height" = { zh = "身高", tw = "身高", en = "Height" }
"child.weight" = { zh = "体重", tw = "體重", en = "Weight" }
"child.boarder" = { zh = "寄宿", tw = "寄宿", en = "Boarder" }
"child.note" = { zh = "备注", tw = "備註", en = "Note" }
"child.left_on" = { zh = "离校日期", tw = "離校日期", en = "Left on" }
"child.state" = { zh = "状态", tw = "狀態", en = "State" }
"#;

/// 2021-12-20 08:00 in Shanghai.
const NOW: i64 = 1_639_958_400_000;
pub const AREA_CODE: &str = "009900";

pub struct House {
    pub app: Arc<App>,
    /// Two schools.
    pub schools: [Uuid; 2],
    dir: PathBuf,
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

fn kinds() -> Vec<Kind> {
    // The rule that a room belongs to the school, as every area says it in its own words.
    let rules = |row: &Row, facts: &kit::Facts| {
        let room = row.get(&CHILD, "room").id().and_then(|id| facts.known.get(&id));
        let elsewhere = room.is_some_and(|room| room.get(&ROOM, "school") != row.get(&CHILD, "school"));
        let unborn = row.get(&CHILD, "born").date().is_some_and(|born| born > facts.today);
        let fault = |yes: bool, code, field| yes.then(|| kit::Refusal::at(code, field));
        [fault(elsewhere, "child.room_elsewhere", "room"), fault(unborn, "child.unborn", "born")]
            .into_iter()
            .flatten()
            .collect()
    };
    vec![Kind::new(&UNIT, "x"), Kind::new(&SCHOOL, "x"), Kind::new(&ROOM, "x"), Kind::new(&CHILD, "x").rules(rules)]
}

impl House {
    pub async fn new() -> Self {
        let mut bytes = [0; 8];
        clock::random(&mut bytes);
        let dir = std::env::temp_dir().join(format!("anxiao-io-{}", hex::encode(bytes)));
        std::fs::create_dir_all(&dir).unwrap();
        let keys = KeyFolder::create(&dir.join("keys"), &mut clock::random).unwrap();
        let store = Store::open(Opening {
            target: Target::Sqlite(dir.join("test.db")),
            county: "431124".into(),
            keys: Some(keys),
            checkpoints: dir.join("checkpoints"),
            nouns: vec![&UNIT, &SCHOOL, &ROOM, &CHILD],
            migrations: &[Migration { name: "0001_test", sql: SCHEMA }],
            random: clock::random,
        })
        .await
        .unwrap();
        let setting = Setting {
            store,
            areas: vec![Area {
                name: "test",
                kinds: kinds(),
                migrations: &[],
                words: "",
                figures: &[],
                routes: None,
                described: None,
                nav: &[],
            }],
            words: Words::parse(&[crate::WORDS, &[("test", WORDS)][..]].concat()).unwrap(),
            policy: Policy::parse(POLICY).unwrap(),
            rules: kit::Rules::default(),
            decided: None,
            clock: Clock::starting_at(NOW),
            county_name: "道县".into(),
            pretend: Some(AREA_CODE),
            tree: (&UNIT, &SCHOOL, |units: &[Row], _: &[Row]| {
                let node = |row: &Row| Node::of(row.id, None, "unit");
                units.iter().map(node).collect()
            }),
            reaches: Vec::new(),
            secure: false,
            public_url: None,
            metrics: None,
            files: None,
            menu: &[],
            outside: Outside::default(),
        };
        let app = App::new(setting).await.unwrap();
        let schools = [app.store.new_id(NOW), app.store.new_id(NOW)];
        let house = Self { app, schools, dir };
        house.furnish().await;
        house
    }

    /// Two schools with three rooms each, named alike.
    async fn furnish(&self) {
        let text = |text: &str| Cell::Text(text.to_owned());
        let mut changes = Vec::new();
        for (school, (code, name)) in self.schools.iter().zip([("001", "濂溪小学"), ("002", "月岩学校")]) {
            let row = Row::blank(&SCHOOL, *school).with(&SCHOOL, "code", text(code)).with(&SCHOOL, "name", text(name));
            changes.push(Change::create(&SCHOOL, "create", row));
            for number in 1..=3_i64 {
                let row = Row::blank(&ROOM, self.app.store.new_id(NOW))
                    .with(&ROOM, "school", Cell::Id(*school))
                    .with(&ROOM, "number", Cell::Int(number))
                    .with(&ROOM, "name", text(&format!("{number}班")));
                changes.push(Change::create(&ROOM, "create", row));
            }
        }
        let author = Author { actor: None, at: NOW, request: self.app.store.new_id(NOW) };
        self.app.store.commit(author, changes).await.unwrap();
    }

    pub fn cx(&self, role: Role, scope: Scope) -> Cx {
        let actor =
            Actor { account: self.app.store.new_id(NOW), login: "x".into(), name: "x".into(), role, unit: None, scope };
        Cx { app: Arc::clone(&self.app), actor, lang: kit::Lang::Zh, now: NOW, request: self.app.store.new_id(NOW) }
    }

    /// The county's office, who sees names in the clear.
    pub fn bureau(&self) -> Cx {
        self.cx(Role::Bureau, Scope::county())
    }

    /// The first school, whose names are masked for it.
    pub fn school(&self) -> Cx {
        self.cx(Role::School, Scope { units: vec![self.schools[0]], home: Some(self.schools[0]), ..Scope::default() })
    }

    pub fn kind(&self, noun: &Noun) -> &Kind {
        self.app.kind_of(noun.name).unwrap()
    }

    pub async fn plan(&self, cx: &Cx, noun: &Noun, name: &str, bytes: &[u8]) -> Result<Plan, Stopped> {
        read_and_plan(cx, self.kind(noun), name, bytes.to_vec(), &quiet).await
    }

    /// Imports what must be right.
    pub async fn import(&self, cx: &Cx, noun: &Noun, text: &str) -> Summary {
        let mut plan = self.plan(cx, noun, "list.csv", text.as_bytes()).await.unwrap();
        assert_eq!(plan.faults, Vec::new());
        let cx = Cx { request: self.app.store.new_id(NOW), ..cx.clone() };
        carry_out(&cx, self.kind(noun), &mut plan, &quiet).await.unwrap()
    }

    pub async fn refused(&self, cx: &Cx, text: &str) -> Plan {
        let mut plan = self.plan(cx, &CHILD, "list.csv", text.as_bytes()).await.unwrap();
        let before = self.count(&CHILD).await;
        assert!(matches!(carry_out(cx, self.kind(&CHILD), &mut plan, &quiet).await, Err(Refused::Faults(_))));
        assert_eq!(self.count(&CHILD).await, before, "never half a file");
        plan
    }

    pub async fn count(&self, noun: &Noun) -> i64 {
        self.app.store.count(noun, &Query::new(), &Scope::county()).await.unwrap()
    }

    pub async fn all(&self, noun: &'static Noun) -> Vec<Row> {
        self.app.store.all(noun, &Query::new(), &Scope::county()).await.unwrap()
    }
}

/// An invented ID number: it begins with digits that no place has.
pub fn number(serial: u32) -> String {
    let body = format!("{AREA_CODE}{:08}{:03}", 20_100_101 + (serial / 1000) % 28, serial % 1000);
    let check = codes::id_check_digit(&body).unwrap();
    format!("{body}{check}")
}

/// Faults as (row, heading, code), in the order of the file.
pub fn told(plan: &Plan) -> Vec<(u32, String, &'static str)> {
    let heading =
        |column: Option<usize>| column.and_then(|column| plan.table.headings.get(column)).cloned().unwrap_or_default();
    plan.faults.iter().map(|fault| (fault.row, heading(fault.column), fault.refusal.code)).collect()
}
