//! 抽查: which closed hazards the bureau checks once more.

use uuid::Uuid;

/// Draws a share of the hazards, in per cent and rounded up, so that a drawing from few is not empty.
///
/// The lot of each is a digest of its id and the drawing's name (`2021-Q4`): everyone can draw again and find the same
/// ones, and nobody can choose.
pub fn draw(closed: &[Uuid], percent: i64, drawing: &str) -> Vec<Uuid> {
    let percent = usize::try_from(percent.clamp(0, 100)).unwrap_or(0);
    let mut lots: Vec<_> = closed.iter().map(|id| (Uuid::new_v5(id, drawing.as_bytes()), *id)).collect();
    lots.sort_unstable();
    lots.truncate((closed.len() * percent).div_ceil(100));
    lots.into_iter().map(|(_, id)| id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_is_repeatable_rounded_up_and_another_one_each_time() {
        let closed: Vec<_> = (1..=95_u128).map(Uuid::from_u128).collect();
        let drawn = draw(&closed, 10, "2021-Q4");
        assert_eq!(drawn.len(), 10);
        assert_eq!(drawn, draw(&closed.iter().rev().copied().collect::<Vec<_>>(), 10, "2021-Q4"));
        assert_ne!(drawn, draw(&closed, 10, "2022-Q1"));
        assert_eq!(draw(&closed, 100, "x").len(), 95);
        assert!(draw(&closed, 0, "x").is_empty() && draw(&[], 10, "x").is_empty());
    }
}
