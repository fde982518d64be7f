#![expect(clippy::unwrap_used, reason = "a test may stop")]

use image::{Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

/// A picture with some shapes in it; another number is another picture.
fn scene(number: u32) -> DynamicImage {
    let mut state = number.wrapping_mul(2_654_435_761).wrapping_add(12345);
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    let mut picture = RgbImage::from_pixel(64, 48, Rgb([200, 210, 220]));
    for _ in 0..14 {
        let (left, top, width, height) = (next() % 56, next() % 40, 6 + next() % 24, 6 + next() % 18);
        let [red, green, blue, _] = next().to_be_bytes();
        for (x, y) in (left..(left + width).min(64)).flat_map(|x| (top..(top + height).min(48)).map(move |y| (x, y))) {
            picture.put_pixel(x, y, Rgb([red, green, blue]));
        }
    }
    DynamicImage::ImageRgb8(picture)
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).unwrap();
    out.into_inner()
}

#[test]
fn a_large_picture_is_made_as_large_as_a_screen_needs() {
    let large = scene(3).resize_exact(4000, 3000, FilterType::CatmullRom);
    let kept = made(&jpeg(&large, 90).unwrap(), ImageFormat::Jpeg, false).unwrap();
    assert_eq!((kept.width, kept.height, kept.format), (2560, 1920, ImageFormat::Jpeg));
    let clear = DynamicImage::ImageRgba8(RgbaImage::from_pixel(30, 20, Rgba([10, 20, 30, 100])));
    let kept = made(&encoded(&clear, ImageFormat::WebP), ImageFormat::WebP, false).unwrap();
    assert_eq!(kept.format, ImageFormat::Png, "what is transparent stays so");
}

#[test]
fn the_same_picture_is_known_again_and_another_is_not() {
    let look = |picture: &DynamicImage| Look::of(picture).unwrap();
    let again = |bytes: &[u8]| look(&image::load_from_memory(bytes).unwrap());
    let scenes: Vec<_> = (1..24).map(|number| scene(number).resize_exact(640, 480, FilterType::CatmullRom)).collect();
    for picture in &scenes {
        let first = look(picture);
        let scaled = picture.resize(300, 300, FilterType::Lanczos3);
        for other in [again(&jpeg(picture, 30).unwrap()), look(&scaled), again(&jpeg(&scaled, 60).unwrap())] {
            let shared = first.bands().iter().zip(other.bands()).any(|(left, right)| *left == right);
            assert!(first.distance(&other) <= NEAR && shared, "{first} {other}");
        }
        assert_eq!(first.to_string().parse(), Ok(first));
    }
    let looks: Vec<_> = scenes.iter().map(look).collect();
    for (at, left) in looks.iter().enumerate() {
        assert!(looks[at + 1..].iter().all(|right| left.distance(right) > NEAR), "two scenes look alike");
    }
    let white = DynamicImage::ImageRgb8(RgbImage::from_pixel(300, 200, Rgb([250, 250, 250])));
    assert_eq!(Look::of(&white), None, "a white sheet is like every other");
}

#[test]
fn what_is_painted_is_the_same_every_time_and_looks_mended_when_it_is() {
    let bytes = |seed, mended| painted::wall(seed, mended).into_bytes();
    assert_eq!(bytes(7, false), bytes(7, false));
    assert_ne!(bytes(7, false), bytes(8, false));
    let (before, after) = (painted::wall(7, false), painted::wall(7, true));
    let dark = |picture: &DynamicImage| picture.to_rgb8().pixels().filter(|point| point.0 == [38, 30, 28]).count();
    assert!(dark(&before) > 100 && dark(&after) == 0, "the crack is gone");
}
