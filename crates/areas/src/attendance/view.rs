//! What the pages of the roll-call are made of: plain text, already in the reader's language.

use askama::Template;
use engine::view::{Layout, LinkView, StepView, Tone, Words};

/// One session of one class.
pub struct SessionView {
    pub label: String,
    pub when: String,
    pub href: String,
    /// What is said of it: called at 7:58, open, later.
    pub state: String,
    pub tone: Tone,
    /// To be called now: the large button.
    pub open: bool,
}

pub struct ClassView {
    pub name: String,
    /// Where the class is handed over when school is over.
    pub hand_over: String,
    pub sessions: Vec<SessionView>,
    /// Children of it of whom nobody knows where they are.
    pub unknown: Option<LinkView>,
    /// The lessons of the day that can be called where somebody wants to; none without a timetable of the school's own.
    pub lessons: Vec<LessonView>,
}

/// A lesson of the day.
pub struct LessonView {
    pub label: String,
    pub when: String,
    pub subject: String,
    /// Empty where it cannot be called now.
    pub href: String,
    pub teacher: String,
    /// It goes on now.
    pub now: bool,
}

/// My classes and their sessions of today.
#[derive(Template)]
#[template(path = "attendance/mine.html")]
pub struct MinePage {
    pub t: Words,
    pub layout: Layout,
    pub day: String,
    pub classes: Vec<ClassView>,
    /// Classes of colleagues, for whoever calls in their place.
    pub others: Vec<LinkView>,
    pub board: Option<LinkView>,
    /// Why there is nothing to call.
    pub nothing: Option<String>,
}

/// A choice below a name.
pub struct ChoiceView {
    pub code: &'static str,
    pub label: String,
}

/// A pupil to be touched.
pub struct TileView {
    pub id: String,
    pub name: String,
    pub missed: bool,
    pub kind: String,
    pub symptom: String,
}

/// A roll to be called.
#[derive(Template)]
#[template(path = "attendance/tiles.html")]
pub struct TilesPage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub meta: String,
    pub action: String,
    pub request_id: String,
    pub day: String,
    pub opened_at: i64,
    /// Until it can be called: in how many milliseconds that is, and what is said till then.
    pub later: Option<(i64, String)>,
    /// Why it cannot be called at all.
    pub closed: Option<String>,
    pub substitute: Option<String>,
    pub tiles: Vec<TileView>,
    pub kinds: Vec<ChoiceView>,
    pub symptoms: Vec<ChoiceView>,
    pub faults: Vec<String>,
    pub all: String,
}

/// One who was not simply there.
pub struct MarkView {
    pub name: String,
    pub kind: String,
    pub tone: Tone,
    pub state: String,
    pub reply: String,
    pub href: String,
    /// What to do next, while nobody knows where the child is.
    pub check: Option<String>,
    /// Where it is taken back, while it can be.
    pub take_back: Option<String>,
    pub arrived: Option<String>,
    /// Asked before a search ends with it.
    pub sure: Option<String>,
    pub version: String,
    pub requests: [String; 2],
}

/// A touch that ends the search for a child who is at school.
pub struct HereView {
    pub action: String,
    pub version: String,
    pub request_id: String,
}

/// A child who is looked for and whom a roll does not miss.
pub struct SoughtView {
    pub label: String,
    /// Its check; empty for whoever may not end it.
    pub href: String,
    pub here: Option<HereView>,
}

/// A roll that was called.
#[derive(Template)]
#[template(path = "attendance/called.html")]
pub struct CalledPage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub meta: String,
    pub notes: Vec<String>,
    pub present: String,
    pub enrolled: String,
    /// Nobody is away: not the same as that this reader sees no mark.
    pub everybody: bool,
    /// So many are away, and who they are is not this reader's to know.
    pub hidden: i64,
    pub marks: Vec<MarkView>,
    /// A family is to be called: that comes before going back.
    pub ahead: bool,
    pub add: Option<String>,
    pub sheet: LinkView,
    pub faults: Vec<String>,
    /// It came so late that nobody was told of a child of whom nobody knows, or knew then.
    pub untold: Option<StepView>,
    /// Who is looked for still and is not missing here.
    pub sought: Vec<SoughtView>,
    /// The roll that was sent and refused because of this one; empty: all were there.
    pub mine: Option<Vec<LinkView>>,
    pub next: LinkView,
    /// The page of the day that this one has become: a telephone keeps it as it is now.
    pub keeps: Option<String>,
}

/// Not one's own class: said before it is done.
#[derive(Template)]
#[template(path = "attendance/substitute.html")]
pub struct SubstitutePage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub sentence: String,
    pub go: String,
}

/// One line of a board.
pub struct BoardLine {
    pub label: String,
    pub href: String,
    pub detail: String,
    pub mark: String,
    pub tone: Tone,
}

/// 未点名: what has not been called.
#[derive(Template)]
#[template(path = "attendance/board.html")]
pub struct BoardPage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub meta: String,
    pub sessions: Vec<(LinkView, bool)>,
    pub called: String,
    pub classes: String,
    pub waiting: String,
    pub tone: Tone,
    pub counts: Vec<(String, String)>,
    pub lines: Vec<BoardLine>,
    pub nothing: Option<String>,
}

/// 因病缺课日报
#[derive(Template)]
#[template(path = "attendance/zero.html")]
pub struct ZeroPage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub meta: String,
    pub action: String,
    pub day: String,
    /// The report in a sentence: zero, so many, or not complete.
    pub said: String,
    pub tone: Tone,
    pub figures: Vec<(String, String)>,
    pub symptoms: Vec<(String, String)>,
    /// The symptoms of nobody, in one line.
    pub nobody_with: Option<String>,
    pub clusters: Vec<BoardLine>,
    /// Who has not been said to be back.
    pub open: Vec<BoardLine>,
    pub schools: Schools,
}

/// The county's schools on the report of a day.
#[derive(Default)]
pub struct Schools {
    /// Those with children who are ill.
    pub ill: Vec<BoardLine>,
    /// The others, in groups that are opened by a touch.
    pub rest: Vec<(String, Vec<BoardLine>)>,
}

/// One session of one pupil's day.
pub struct PresenceLine {
    pub session: String,
    pub said: String,
    pub tone: Tone,
    pub href: Option<String>,
}

/// Was he there?
#[derive(Template)]
#[template(path = "attendance/presence.html")]
pub struct PresencePage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub action: String,
    pub day: String,
    /// Where and to whom it was last handed over.
    pub last: String,
    /// With whom it should be now, by the timetable; today alone, and only where its school has one.
    pub should: Option<String>,
    pub lines: Vec<PresenceLine>,
    pub lessons: Vec<LessonView>,
}

/// A child who is not accounted for.
pub struct ChainView {
    pub name: String,
    pub school: String,
    pub state: String,
    pub urgent: String,
    /// Where it was seen, in the words of whoever saw it.
    pub sighting: String,
    pub href: String,
    pub hops: Vec<StepView>,
    /// What a later roll says, and the touch by which somebody who has looked ends the search.
    pub there: Option<String>,
    pub here: Option<HereView>,
    /// Where its family is called.
    pub family: Option<String>,
}

/// One of the family: the number only when it was asked for, and none where the keys are away.
pub struct GuardianView {
    pub name: String,
    pub relation: String,
    pub phone: Option<String>,
}

/// 联系监护人
#[derive(Template)]
#[template(path = "attendance/family.html")]
pub struct FamilyPage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub hops: Vec<StepView>,
    pub guardians: Vec<GuardianView>,
    /// Where the numbers are asked for, as long as they are not shown and the child is not accounted for.
    pub action: Option<String>,
    /// Whether the numbers were asked for: one that is not there then cannot be read.
    pub sealed: bool,
    /// Where a guardian is registered, if there is none.
    pub add: Option<String>,
    pub back: String,
}

/// What the checks of a school year come to.
pub struct ChainFigure {
    pub label: String,
    pub value: String,
    /// Of how many it is known.
    pub note: String,
    pub href: String,
}

/// 未到校核查: who is not accounted for now.
#[derive(Template)]
#[template(path = "attendance/chain.html")]
pub struct ChainPage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub meta: String,
    pub chains: Vec<ChainView>,
    pub figures: Vec<ChainFigure>,
}
