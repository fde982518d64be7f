//! Voice notes: which of three boxes the sound lies in, and that nothing but sound lies in it. A film with faces is no voice note.

/// What browsers and telephones record into: Chrome `WebM`, Firefox Ogg, Safari and recorders MP4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Box {
    Webm,
    Ogg,
    Mp4,
}

/// So far from the beginning a box says what it holds.
const HEAD: usize = 8 * 1024;

/// The box of a sound, by its first bytes; `None` for anything else, and for what holds a picture that moves.
pub fn kind(bytes: &[u8]) -> Option<Box> {
    let head = &bytes[..bytes.len().min(HEAD)];
    let has = |mark: &[u8]| head.windows(mark.len()).any(|part| part == mark);
    if head.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) {
        let moves = [b"V_VP".as_slice(), b"V_AV1", b"V_MPEG", b"V_MS"].into_iter().any(has);
        return ((has(b"A_OPUS") || has(b"A_VORBIS")) && has(b"webm") && !moves).then_some(Box::Webm);
    }
    if head.starts_with(b"OggS") {
        return ((has(b"OpusHead") || has(b"\x01vorbis")) && !has(b"theora")).then_some(Box::Ogg);
    }
    if head.get(4..8) == Some(b"ftyp") {
        let tracks = handlers(bytes);
        return (tracks.contains(b"soun") && !tracks.contains(b"vide")).then_some(Box::Mp4);
    }
    None
}

/// What each track of an MP4 is for: the four letters of its `hdlr`, wherever the index stands (recorders write it last).
fn handlers(bytes: &[u8]) -> Vec<[u8; 4]> {
    let of = |(at, part): (usize, &[u8])| {
        (part == b"hdlr").then(|| bytes.get(at + 12..at + 16)).flatten().and_then(|letters| letters.try_into().ok())
    };
    bytes.windows(4).enumerate().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A `WebM` head with these codecs.
    fn webm(codecs: &str) -> Vec<u8> {
        [&[0x1a, 0x45, 0xdf, 0xa3][..], b"\x42\x82webm", codecs.as_bytes()].concat()
    }

    fn mp4(tracks: &[&str]) -> Vec<u8> {
        let index: Vec<u8> =
            tracks.iter().flat_map(|track| [b"hdlr".as_slice(), &[0; 8], track.as_bytes()].concat()).collect();
        [b"\0\0\0\x18ftypM4A ".as_slice(), &vec![7; 20_000], &index].concat()
    }

    #[test]
    fn a_voice_note_is_sound_and_nothing_else() {
        let cases: [(&str, Vec<u8>, Option<Box>); 10] = [
            ("Chrome", webm("A_OPUS"), Some(Box::Webm)),
            ("a film", webm("V_VP8A_OPUS"), None),
            ("no sound", webm(""), None),
            ("another box", [&[0x1a, 0x45, 0xdf, 0xa3][..], b"matroskaA_OPUS"].concat(), None),
            ("Firefox", b"OggS\0\x02OpusHead".to_vec(), Some(Box::Ogg)),
            ("a film in Ogg", b"OggS\0\x02\x80theora OpusHead".to_vec(), None),
            ("Safari", mp4(&["soun"]), Some(Box::Mp4)),
            ("a film in MP4", mp4(&["vide", "soun"]), None),
            ("cut off", mp4(&[]), None),
            ("nothing", Vec::new(), None),
        ];
        for (what, bytes, expected) in cases {
            assert_eq!(kind(&bytes), expected, "{what}");
        }
    }
}
