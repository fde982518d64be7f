//! The help page: the states and moves of a record's life, drawn from the code that enforces them.

use askama::Template;

use super::{Layout, Tone, Words};

/// Left edge and size of a state's box, in the drawing's own units.
const BOX_X: i32 = 0;
const BOX_WIDTH: i32 = 160;
const BOX_HEIGHT: i32 = 40;
/// From one box to the next.
const STEP: i32 = 76;
/// From one lane of arrows to the next.
const LANE: i32 = 21;

/// A state as the drawing needs it.
#[derive(Debug, Clone, Default)]
pub struct LifeState {
    pub name: String,
    pub label: String,
    pub tone: Tone,
}

/// A move from one state to another, by the names of the states.
#[derive(Debug, Clone, Default)]
pub struct LifeMove {
    pub label: String,
    pub from: String,
    pub to: String,
    /// Who may make it.
    pub roles: Vec<String>,
    /// What must be given or must hold.
    pub needs: String,
}

/// A box of the drawing.
#[derive(Debug, Clone, Default)]
pub struct StateBox {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
    /// Middle, where the words stand.
    pub text_x: i32,
    pub text_y: i32,
    pub label: String,
    pub tone: Tone,
}

/// An arrow of the drawing, with the number that the table explains.
#[derive(Debug, Clone, Default)]
pub struct ArrowView {
    pub path: String,
    pub number: usize,
    pub number_x: i32,
    pub number_y: i32,
    pub label: String,
    pub from: String,
    pub to: String,
    pub roles: Vec<String>,
    pub needs: String,
    /// Not drawn: from a state to itself, or a state that is not in the list.
    pub hidden: bool,
}

/// One life, laid out.
#[derive(Debug, Clone, Default)]
pub struct LifeView {
    /// Used as an anchor.
    pub name: String,
    pub heading: String,
    pub description: String,
    /// Left edge of the drawing; negative where ways back need room.
    pub left: i32,
    pub width: i32,
    pub height: i32,
    pub states: Vec<StateBox>,
    pub arrows: Vec<ArrowView>,
}

/// A line of the table of permissions: of a role, or of a kind of record.
#[derive(Debug, Clone, Default)]
pub struct RoleLine {
    pub role: String,
    /// One cell for each of the table's columns: empty for "no".
    pub cells: Vec<String>,
}

/// Help: the lives and the permission table, both from the code itself.
#[derive(Debug, Clone, Template)]
#[template(path = "help.html")]
pub struct HelpPage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub lives: Vec<LifeView>,
    /// What a cell of the table says.
    pub lead: String,
    /// The table's heading: what its lines are, then its columns.
    pub head: Vec<String>,
    pub roles: Vec<RoleLine>,
}

/// Lanes already taken on one side: the rows each arrow spans.
#[derive(Default)]
struct Side(Vec<Vec<(usize, usize)>>);

impl Side {
    /// The innermost lane that is free from `low` to `high`.
    fn lane(&mut self, low: usize, high: usize) -> i32 {
        let free = self.0.iter().position(|lane| lane.iter().all(|(from, to)| high <= *from || low >= *to));
        let index = free.unwrap_or_else(|| {
            self.0.push(Vec::new());
            self.0.len() - 1
        });
        if let Some(lane) = self.0.get_mut(index) {
            lane.push((low, high));
        }
        i32::try_from(index).unwrap_or(0)
    }
}

impl Side {
    /// Room that the lanes of this side take.
    fn room(&self) -> i32 {
        28 + i32::try_from(self.0.len()).unwrap_or(0) * LANE
    }
}

fn top(row: usize) -> i32 {
    8 + i32::try_from(row).unwrap_or(0) * STEP
}

impl LifeView {
    /// Lays a life out: the states from top to bottom in the order given, a step on as a straight arrow,
    /// a leap on at the right, a way back at the left; short leaps inside, long ones outside.
    pub fn draw(name: &str, heading: &str, description: &str, states: &[LifeState], moves: &[LifeMove]) -> Self {
        let boxes = states.iter().enumerate().map(|(row, state)| place(row, state)).collect();
        let mut arrows: Vec<ArrowView> =
            moves.iter().enumerate().map(|(index, step)| words(index, step, states)).collect();
        let mut spans: Vec<(usize, usize, usize)> = Vec::new();
        for (index, step) in moves.iter().enumerate() {
            let row = |name: &str| states.iter().position(|state| state.name == name);
            match (row(&step.from), row(&step.to)) {
                (Some(from), Some(to)) if from != to => spans.push((index, from, to)),
                _ => arrows.iter_mut().skip(index).take(1).for_each(|arrow| arrow.hidden = true),
            }
        }
        spans.sort_by_key(|(_, from, to)| from.abs_diff(*to));
        let (mut right, mut left, mut straight) = (Side::default(), Side::default(), Vec::new());
        for (index, from, to) in spans {
            let Some(arrow) = arrows.get_mut(index) else { continue };
            if to == from + 1 && !straight.contains(&from) {
                straight.push(from);
                step_down(arrow, from);
            } else if to > from {
                bend(arrow, from, to, right.lane(from, to), true);
            } else {
                bend(arrow, from, to, left.lane(to, from), false);
            }
        }
        let height = top(states.len()) - STEP + BOX_HEIGHT + 8;
        let (left, right) = (left.room(), right.room());
        Self {
            name: name.into(),
            heading: heading.into(),
            description: description.into(),
            left: BOX_X - left,
            width: left + BOX_WIDTH + right,
            height,
            states: boxes,
            arrows,
        }
    }
}

fn place(row: usize, state: &LifeState) -> StateBox {
    StateBox {
        x: BOX_X,
        y: top(row),
        width: BOX_WIDTH,
        height: BOX_HEIGHT,
        text_x: BOX_X + BOX_WIDTH / 2,
        text_y: top(row) + BOX_HEIGHT / 2 + 5,
        label: state.label.clone(),
        tone: state.tone,
    }
}

fn words(index: usize, step: &LifeMove, states: &[LifeState]) -> ArrowView {
    let label = |name: &str| {
        states.iter().find(|state| state.name == name).map_or_else(|| name.to_owned(), |state| state.label.clone())
    };
    ArrowView {
        number: index + 1,
        label: step.label.clone(),
        from: label(&step.from),
        to: label(&step.to),
        roles: step.roles.clone(),
        needs: step.needs.clone(),
        ..ArrowView::default()
    }
}

fn step_down(arrow: &mut ArrowView, from: usize) {
    let x = BOX_X + BOX_WIDTH / 2;
    let (start, end) = (top(from) + BOX_HEIGHT, top(from + 1));
    arrow.path = format!("M{x} {start}V{}", end - 2);
    arrow.number_x = x;
    arrow.number_y = i32::midpoint(start, end) - 3;
}

fn bend(arrow: &mut ArrowView, from: usize, to: usize, lane: i32, at_right: bool) {
    let out = if at_right { 1 } else { -1 };
    let edge = if at_right { BOX_X + BOX_WIDTH } else { BOX_X };
    let x = edge + out * (26 + lane * LANE);
    // Leaves in the lower and arrives in the upper half of a box when it goes on, and the other way round.
    let shift = if to > from { 9 } else { -9 };
    let (start, end) = (top(from) + BOX_HEIGHT / 2 + shift, top(to) + BOX_HEIGHT / 2 - shift);
    let turn = if end > start { 8 } else { -8 };
    let inner = x - out * 8;
    let tip = edge + out * 2;
    arrow.path = format!(
        "M{edge} {start}H{inner}Q{x} {start} {x} {}V{}Q{x} {end} {inner} {end}H{tip}",
        start + turn,
        end - turn
    );
    arrow.number_x = x;
    arrow.number_y = i32::midpoint(start, end);
}
