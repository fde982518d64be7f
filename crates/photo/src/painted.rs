//! Pictures for a sample county, painted: a wall with a crack, and the same wall mended. Nobody and no place is on them.

use image::{DynamicImage, Rgb, RgbImage};

const WIDTH: u32 = 480;
const HEIGHT: u32 = 360;

/// Chance that is the same on every machine: `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((mixed >> 33) % u64::from(most.max(1))).unwrap_or_default()
    }
}

/// A wall, a floor, a door, some things before it; on it the damage, or the patch that mended it. The same number always
/// gives the same picture.
pub fn wall(seed: u128, mended: bool) -> DynamicImage {
    let mut dice = Dice(u64::try_from(seed & u128::from(u64::MAX)).unwrap_or_default());
    let (mut picture, floor) = room(&mut dice);
    for _ in 0..3 + dice.below(3) {
        let (x, width, height) = (dice.below(WIDTH - 60), 40 + dice.below(90), 50 + dice.below(160));
        let color = [0, 1, 2].map(|_| u8::try_from(40 + dice.below(170)).unwrap_or_default());
        fill(&mut picture, (x, (floor + 10).saturating_sub(height)), (width, height), color);
    }
    let (mut x, mut y) = (60 + dice.below(WIDTH - 160), 30 + dice.below(60));
    if mended {
        fill(&mut picture, (x.saturating_sub(30), y), (90, 110), [236, 234, 228]);
    } else {
        for _ in 0..26 {
            fill(&mut picture, (x, y), (5, 9), [38, 30, 28]);
            (x, y) = ((x + dice.below(17)).saturating_sub(8), y + 5);
        }
    }
    DynamicImage::ImageRgb8(picture)
}

/// Wall, dado and floor in the light of a window, and how far down the floor begins.
fn room(dice: &mut Dice) -> (RgbImage, u32) {
    let mut shade = |low: u32, span: u32| u8::try_from(low + dice.below(span)).unwrap_or(u8::MAX);
    let wall = [shade(190, 50), shade(190, 50), shade(180, 50)];
    let dado = [shade(70, 90), shade(110, 80), shade(90, 90)];
    let floor = HEIGHT * 3 / 4 + u32::from(shade(0, 30));
    let line = HEIGHT / 3 + u32::from(shade(0, 90));
    let picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let light = 30 - i32::try_from(x * 60 / WIDTH).unwrap_or_default()
            + i32::try_from((x * 7 + y * 13) % 5).unwrap_or_default();
        let base = if y > floor {
            [120, 116, 110]
        } else if y > line {
            dado
        } else {
            wall
        };
        Rgb(base.map(|part| u8::try_from((i32::from(part) + light).clamp(0, 255)).unwrap_or_default()))
    });
    (picture, floor)
}

fn fill(picture: &mut RgbImage, (left, top): (u32, u32), (width, height): (u32, u32), color: [u8; 3]) {
    for y in top.min(HEIGHT)..(top + height).min(HEIGHT) {
        for x in left.min(WIDTH)..(left + width).min(WIDTH) {
            picture.put_pixel(x, y, Rgb(color));
        }
    }
}
