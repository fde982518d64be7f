#![expect(clippy::unwrap_used, reason = "a test may stop")]

use std::io::{Cursor, Write};
use std::os::unix::fs::PermissionsExt;

use ::exif::experimental::Writer;
use ::exif::{Field, In, Rational, Tag, Value};
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};

use super::vault::{Folder, Vault};
use super::*;

/// A picture of this size; another number is another picture.
fn scene(number: u128, wide: u32, high: u32) -> DynamicImage {
    photo::painted::wall(number, false).resize_exact(wide, high, image::imageops::FilterType::Triangle)
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).unwrap();
    out.into_inner()
}

fn jpeg(picture: &DynamicImage, quality: u8) -> Vec<u8> {
    photo::jpeg(picture, quality).unwrap()
}

/// What a telephone writes into a photograph: which way it was held, when, where, and by whom.
fn notes() -> Vec<u8> {
    let degrees = |value: [(u32, u32); 3]| Value::Rational(value.map(|(num, denom)| Rational { num, denom }).to_vec());
    let text = |text: &str| Value::Ascii(vec![text.as_bytes().to_vec()]);
    let fields = [
        (Tag::Orientation, Value::Short(vec![6])),
        (Tag::Make, text("PEEKABOO")),
        (Tag::DateTimeOriginal, text("2021:12:14 10:18:00")),
        (Tag::GPSLatitudeRef, text("N")),
        (Tag::GPSLatitude, degrees([(25, 1), (30, 1), (3600, 100)])),
        (Tag::GPSLongitudeRef, text("E")),
        (Tag::GPSLongitude, degrees([(111, 1), (36, 1), (0, 1)])),
    ];
    let fields = fields.map(|(tag, value)| Field { tag, ifd_num: In::PRIMARY, value });
    let mut writer = Writer::new();
    for field in &fields {
        writer.push_field(field);
    }
    let mut out = Cursor::new(Vec::new());
    writer.write(&mut out, false).unwrap();
    out.into_inner()
}

/// The same photograph with notes in it.
fn photograph(picture: &DynamicImage) -> Vec<u8> {
    let (plain, notes) = (jpeg(picture, 90), notes());
    let mut out = plain[..2].to_vec();
    out.extend([0xff, 0xe1]);
    out.extend(u16::try_from(notes.len() + 8).unwrap().to_be_bytes());
    out.extend(b"Exif\0\0");
    out.extend(notes);
    out.extend(&plain[2..]);
    out
}

fn archive(parts: &[&str]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for part in parts {
        out.start_file(*part, zip::write::SimpleFileOptions::default()).unwrap();
        out.write_all(b"<x/>").unwrap();
    }
    out.finish().unwrap().into_inner()
}

/// A picture of a few bytes that says it is enormous.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = encoded(&scene(1, 8, 8), ImageFormat::Png);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = bytes[12..29].iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    });
    bytes[29..33].copy_from_slice(&(!crc).to_be_bytes());
    bytes
}

fn ready(name: &str, bytes: Vec<u8>) -> Result<Prepared, &'static str> {
    let want = Want { place: true, ..Want::default() };
    prepare(&Upload { name: name.into(), bytes }, &want, Limits::default()).map_err(|refusal| {
        assert_eq!(refusal.field, Some("file"));
        refusal.code
    })
}

#[test]
fn a_file_is_what_it_is_whatever_it_is_called() {
    let photo = photograph(&scene(1, 300, 200));
    let docx = archive(&["[Content_Types].xml", "word/document.xml"]);
    let macros = archive(&["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"]);
    let old = [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(), &[0; 600]].concat();
    let pdf = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n".to_vec();
    let half = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
    let exe = [b"MZ".as_slice(), &[0x90; 200]].concat();
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\0".to_vec();
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec();
    let cases = [
        ("IMG.jpg", photo.clone(), Ok("image/jpeg")),
        ("IMG.JPEG", photo.clone(), Ok("image/jpeg")),
        // Telephones and messengers rename pictures into each other.
        ("mmexport.png", photo.clone(), Ok("image/jpeg")),
        ("image", photo.clone(), Ok("image/jpeg")),
        ("shot.webp", encoded(&scene(1, 40, 30), ImageFormat::WebP), Ok("image/jpeg")),
        ("screen.png", encoded(&scene(1, 40, 30), ImageFormat::Png), Ok("image/png")),
        ("plan.pdf", pdf.clone(), Ok("application/pdf")),
        ("plan.docx", docx.clone(), Ok("application/vnd.openxmlformats-officedocument.wordprocessingml.document")),
        ("plan.doc", old.clone(), Ok("application/msword")),
        ("plan.et", old.clone(), Ok("application/vnd.ms-excel")),
        ("IMG.jpg", exe.clone(), Err("files.not_what_it_says")),
        ("setup.exe", exe, Err("files.kind")),
        ("plan.pdf", b"<html><script>alert(1)</script></html>".to_vec(), Err("files.not_what_it_says")),
        ("drawing.svg", svg.clone(), Err("files.kind")),
        ("drawing.png", svg, Err("files.not_what_it_says")),
        ("plan.pdf", photo.clone(), Err("files.not_what_it_says")),
        ("IMG.jpg", pdf.clone(), Err("files.not_what_it_says")),
        ("IMG.jpg.exe", photo.clone(), Err("files.not_what_it_says")),
        ("plan.xlsx", docx.clone(), Err("files.not_what_it_says")),
        ("plan.docx", macros, Err("files.macros")),
        ("plan.docx", archive(&["a.txt"]), Err("files.not_what_it_says")),
        ("all.zip", archive(&["a.txt"]), Err("files.kind")),
        ("old.jpg", old, Err("files.not_what_it_says")),
        ("IMG.heic", heic.clone(), Err("files.heic")),
        ("IMG.jpg", heic, Err("files.heic")),
        ("IMG.jpg", Vec::new(), Err("files.empty")),
        ("IMG.jpg", half(&photo), Err("files.cut")),
        ("screen.png", half(&encoded(&scene(1, 400, 300), ImageFormat::Png)), Err("files.broken")),
        ("plan.pdf", half(&pdf), Err("files.cut")),
        ("plan.docx", half(&docx), Err("files.cut")),
        ("IMG.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF".to_vec(), Err("files.cut")),
        ("screen.png", bomb(50_000, 50_000), Err("files.points")),
        ("screen.png", bomb(19_000, 19_000), Err("files.points")),
        ("big.pdf", vec![b' '; Limits::default().file + 1], Err("files.too_large")),
    ];
    for (name, bytes, expected) in cases {
        let length = bytes.len();
        assert_eq!(ready(name, bytes).map(|ready| ready.media), expected, "{name}, {length} bytes");
    }
}

#[test]
fn a_photograph_loses_what_the_camera_wrote_beside_it_and_stands_upright() {
    let came = photograph(&scene(3, 300, 200));
    assert!(came.windows(8).any(|part| part == b"PEEKABOO"));
    let kept = ready("IMG.jpg", came.clone()).unwrap();
    for bytes in [&kept.bytes, kept.thumb.as_ref().unwrap()] {
        assert!(!bytes.windows(8).any(|part| part == b"PEEKABOO") && !bytes.windows(4).any(|part| part == b"Exif"));
    }
    assert_eq!((kept.about.width, kept.about.height), (Some(200), Some(300)), "held sideways");
    let thumb = image::load_from_memory(kept.thumb.as_ref().unwrap()).unwrap();
    assert_eq!((thumb.width(), thumb.height()), (200, 300));
    // 10:18 in Shanghai.
    assert_eq!(kept.about.taken_at, Some(1_639_448_280_000));
    let (lat, lon) = kept.about.position.unwrap();
    assert!((lat - 25.51).abs() < 1e-9 && (lon - 111.6).abs() < 1e-9, "{lat} {lon}");
    let silent = prepare(&Upload { name: "IMG.jpg".into(), bytes: came }, &Want::default(), Limits::default()).unwrap();
    assert_eq!((silent.about.taken_at, silent.about.position), (None, None), "nobody asked for it");
}

#[test]
fn what_is_transparent_is_kept_and_called_a_png() {
    let clear = DynamicImage::ImageRgba8(RgbaImage::from_pixel(30, 20, Rgba([10, 20, 30, 100])));
    let kept = ready("stamp.webp", encoded(&clear, ImageFormat::WebP)).unwrap();
    assert_eq!((kept.media, kept.name.as_str()), ("image/png", "stamp.png"));
}

#[test]
fn a_name_is_a_name_and_no_path() {
    let long = format!("../../{}/{}.jpg", "p".repeat(100), "长".repeat(300));
    for (name, tidy) in [
        ("IMG_2021.JPG", "IMG_2021.jpg".to_owned()),
        ("../../etc/passwd", "passwd.jpg".into()),
        ("C:\\fakepath\\教学楼.jpeg", "教学楼.jpg".into()),
        ("", "file.jpg".into()),
        (".jpg", "jpg.jpg".into()),
        ("a\r\nSet-Cookie: x.jpg", "aSet-Cookie: x.jpg".into()),
        ("inv\u{202e}gpj.exe", "invgpj.jpg".into()),
        (&long, format!("{}.jpg", "长".repeat(100))),
    ] {
        assert_eq!(real::tidy_name(name, "jpg"), tidy);
    }
}

#[test]
fn a_file_about_a_person_does_not_keep_its_name() {
    let upload = Upload { name: "张三诊断书.jpg".into(), bytes: jpeg(&scene(4, 60, 40), 80) };
    let kept = prepare(&upload, &Want { nameless: true, ..Want::default() }, Limits::default()).unwrap();
    assert_eq!(kept.name, "file.jpg");
    let plan = Upload { name: "plan.pdf".into(), bytes: b"%PDF-1.7 %%EOF".to_vec() };
    let refused = prepare(&plan, &Want { pictures: true, ..Want::default() }, Limits::default()).map(|_| ());
    assert_eq!(refused.map_err(|refusal| refusal.code), Err("files.pictures_only"));
}

#[tokio::test]
async fn bytes_lie_once_whole_and_for_their_owner_alone() {
    let home = tempfile::tempdir().unwrap();
    let vault = Folder::new(home.path().join("files"));
    let name = "ab".repeat(32);
    assert_eq!((vault.get(&name).await.unwrap(), vault.entries().await.unwrap()), (None, Vec::new()));
    vault.put(&name, b"one".to_vec()).await.unwrap();
    vault.put(&name, b"one".to_vec()).await.unwrap();
    assert_eq!(vault.get(&name).await.unwrap().as_deref(), Some(b"one".as_slice()));
    assert_eq!(vault.entries().await.unwrap().len(), 1);
    let mode = |path: std::path::PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = home.path().join("files");
    assert_eq!(
        [mode(folder.clone()), mode(folder.join("ab")), mode(folder.join("ab").join(&name))],
        [0o700, 0o700, 0o600]
    );
    // What a power cut left half written is put again.
    std::fs::write(folder.join("ab").join(&name), b"o").unwrap();
    vault.put(&name, b"one".to_vec()).await.unwrap();
    assert_eq!(vault.get(&name).await.unwrap().as_deref(), Some(b"one".as_slice()));
    let half = format!("ab{}.part", "0".repeat(16));
    std::fs::write(folder.join("ab").join(&half), b"o").unwrap();
    assert!(vault.entries().await.unwrap().iter().any(|entry| entry.name == half));
    for name in [half.as_str(), &name, &name] {
        vault.remove(name).await.unwrap();
    }
    assert_eq!(vault.entries().await.unwrap(), Vec::new());
    for name in ["../../etc/passwd", "", "ab", "AB", &format!("{}/", "a".repeat(63))] {
        assert!(vault.get(name).await.is_err() && vault.put(name, Vec::new()).await.is_err(), "{name}");
    }
}
