#![expect(clippy::unwrap_used, reason = "a failing test may panic")]

use proptest::prelude::*;

use super::*;

const COUNTY: &str = "431124";

/// An event as it would stand in the database.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    head: EventHead,
    prev: Hash,
    hash: Hash,
    payload: String,
}

fn head(seq: i64, payload: &str) -> EventHead {
    EventHead {
        seq,
        id: Uuid::from_u128(1000 + u128::from(seq.unsigned_abs())),
        at: 1_639_958_400_000 + seq,
        actor: (seq % 3 != 0).then(|| Uuid::from_u128(7)),
        noun: "hazard".into(),
        record: Uuid::from_u128(50),
        verb: "close".into(),
        request: Uuid::from_u128(60),
        payload_hash: payload_hash(payload),
    }
}

/// Links rows again from the first on, as someone would who knows the method but not the signing key.
fn relink(rows: &mut [Row]) {
    let mut prev = genesis(COUNTY);
    for row in rows {
        row.prev = prev;
        row.hash = link(&prev, &row.head);
        prev = row.hash;
    }
}

fn history(count: i64) -> Vec<Row> {
    let row = |seq| {
        let payload = format!(r#"{{"after":{seq}}}"#);
        Row { head: head(seq, &payload), prev: [0; 32], hash: [0; 32], payload }
    };
    let mut rows: Vec<Row> = (1..=count).map(row).collect();
    relink(&mut rows);
    rows
}

fn checkpoint(rows: &[Row], seq: i64) -> Checkpoint {
    let place = usize::try_from(seq).unwrap();
    let hash = if place == 0 { genesis(COUNTY) } else { rows[place - 1].hash };
    Checkpoint { county: COUNTY.into(), seq, hash, at: 5 }
}

fn verdict(rows: &[Row], checkpoints: &[Checkpoint]) -> Verdict {
    let walk = |mut walker: Walker| {
        for row in rows {
            walker.feed(&row.head, &row.prev, &row.hash, &row.payload);
        }
        walker.finish(checkpoints)
    };
    let whole = walk(Walker::new(COUNTY));
    assert_eq!(whole, walk(Walker::new(COUNTY).only_for(checkpoints)), "keeping less changes nothing");
    whole
}

fn faults(rows: &[Row], checkpoints: &[Checkpoint]) -> Vec<Fault> {
    verdict(rows, checkpoints).faults
}

/// Every field of an event and what its alteration is called.
type Alteration = (&'static str, fn(&mut Row), Fault);

fn alterations(seq: i64) -> Vec<Alteration> {
    let altered = Fault::HeadAltered { seq };
    vec![
        ("id", |row| row.head.id = Uuid::nil(), altered.clone()),
        ("at", |row| row.head.at += 1, altered.clone()),
        ("actor", |row| row.head.actor = Some(Uuid::nil()), altered.clone()),
        ("no actor", |row| row.head.actor = None, altered.clone()),
        ("noun", |row| row.head.noun.push('s'), altered.clone()),
        ("record", |row| row.head.record = Uuid::nil(), altered.clone()),
        ("verb", |row| row.head.verb = "open".into(), altered.clone()),
        ("request", |row| row.head.request = Uuid::nil(), altered.clone()),
        ("payload hash", |row| row.head.payload_hash[31] ^= 1, altered.clone()),
        ("hash", |row| row.hash[0] ^= 1, altered),
        ("prev", |row| row.prev[0] ^= 1, Fault::PrevMismatch { seq }),
        ("payload", |row| row.payload.push(' '), Fault::PayloadAltered { seq }),
    ]
}

#[test]
fn an_intact_history_has_no_fault() {
    let rows = history(12);
    let points = [checkpoint(&rows, 8), checkpoint(&rows, 0), checkpoint(&rows, 4)];
    let verdict = verdict(&rows, &points);
    let last = rows[11].hash;
    assert_eq!(verdict, Verdict { events: 12, seq: 12, hash: last, signed: 8, faults: vec![] });
    assert_eq!(faults(&[], &[checkpoint(&rows, 0)]), []);
}

#[test]
fn every_altered_field_is_named_once_wherever_it_is() {
    let clean = history(6);
    let points: Vec<Checkpoint> = (0..=6).map(|seq| checkpoint(&clean, seq)).collect();
    for place in [0, 3, 5] {
        for (name, alter, expected) in alterations(clean[place].head.seq) {
            let mut rows = clean.clone();
            alter(&mut rows[place]);
            if rows == clean {
                continue; // The system's own event has no actor to take away.
            }
            assert_eq!(faults(&rows, &points), [expected], "{name} of row {place}");
        }
    }
}

#[test]
fn an_altered_place_is_named() {
    let mut rows = history(6);
    rows[5].head.seq = 9;
    assert_eq!(faults(&rows, &[]), [Fault::Gap { expected: 6, found: 9 }, Fault::HeadAltered { seq: 9 }]);
}

#[test]
fn several_faults_are_all_found() {
    let mut rows = history(9);
    rows[1].payload.clear();
    rows[4].head.verb.clear();
    rows[5].hash[3] ^= 4;
    rows.remove(7);
    let expected = [
        Fault::PayloadAltered { seq: 2 },
        Fault::HeadAltered { seq: 5 },
        Fault::HeadAltered { seq: 6 },
        Fault::Gap { expected: 8, found: 9 },
    ];
    assert_eq!(faults(&rows, &[]), expected);
}

#[test]
fn header_and_payload_altered_together_are_both_named() {
    let mut rows = history(4);
    rows[1].payload.push('x');
    rows[1].head.verb.push('x');
    assert_eq!(faults(&rows, &[]), [Fault::HeadAltered { seq: 2 }, Fault::PayloadAltered { seq: 2 }]);
    let mut rows = history(4);
    rows[1].payload.push('x');
    rows[1].head.payload_hash = payload_hash(&rows[1].payload);
    assert_eq!(faults(&rows, &[]), [Fault::HeadAltered { seq: 2 }]);
}

#[test]
fn a_deletion_is_one_gap_even_under_a_checkpoint() {
    let clean = history(8);
    let points = [checkpoint(&clean, 4), checkpoint(&clean, 8)];
    let mut rows = clean.clone();
    rows.drain(2..5);
    let found = faults(&rows, &points);
    assert_eq!(found, [Fault::Gap { expected: 3, found: 6 }]);
    assert_eq!(found[0].to_string(), "events 3 to 5 are missing");
    assert_eq!(faults(&clean[1..], &points)[0].to_string(), "event 1 is missing");
}

#[test]
fn a_deletion_with_the_rest_moved_up_is_named_at_its_place() {
    let mut rows = history(6);
    rows.remove(2);
    for (row, seq) in rows.iter_mut().zip(1..) {
        row.head.seq = seq;
    }
    let found = faults(&rows, &[]);
    assert_eq!(found[..2], [Fault::PrevMismatch { seq: 3 }, Fault::HeadAltered { seq: 3 }]);
}

#[test]
fn exchanged_events_are_both_named() {
    let mut rows = history(6);
    rows.swap(2, 3);
    (rows[2].head.seq, rows[3].head.seq) = (3, 4);
    let found = faults(&rows, &[]);
    assert!(
        found.contains(&Fault::HeadAltered { seq: 3 }) && found.contains(&Fault::HeadAltered { seq: 4 }),
        "{found:?}"
    );
    let mut rows = history(6);
    let (one, two) = (rows[2].payload.clone(), rows[3].payload.clone());
    (rows[2].payload, rows[3].payload) = (two, one);
    assert_eq!(faults(&rows, &[]), [Fault::PayloadAltered { seq: 3 }, Fault::PayloadAltered { seq: 4 }]);
}

#[test]
fn an_insertion_is_named_at_its_place() {
    let mut rows = history(6);
    let mut forged = rows[2].clone();
    forged.head.verb = "reopen".into();
    forged.head.seq = 4;
    forged.prev = rows[2].hash;
    forged.hash = link(&forged.prev, &forged.head);
    rows.insert(3, forged.clone());
    let found = faults(&rows, &[]);
    assert_eq!(found, [Fault::OutOfOrder { expected: 5, found: 4 }, Fault::PrevMismatch { seq: 5 }]);
    for (row, seq) in rows.iter_mut().zip(1..) {
        row.head.seq = seq;
    }
    assert_eq!(faults(&rows, &[])[..2], [Fault::PrevMismatch { seq: 5 }, Fault::HeadAltered { seq: 5 }]);
}

#[test]
fn a_cut_tail_is_named_once() {
    let rows = history(9);
    let points: Vec<Checkpoint> = (0..=9).map(|seq| checkpoint(&rows, seq)).collect();
    assert_eq!(faults(&rows[..5], &points), [Fault::Cut { have: 5, checkpoint: 9 }]);
    assert_eq!(faults(&[], &points), [Fault::Cut { have: 0, checkpoint: 9 }]);
}

#[test]
fn a_history_rewritten_with_right_hashes_is_found_by_the_checkpoints() {
    let clean = history(9);
    let points: Vec<Checkpoint> = [2, 4, 6, 8].map(|seq| checkpoint(&clean, seq)).into();
    let mut rows = clean.clone();
    rows[4].head.verb = "void".into();
    relink(&mut rows);
    assert_eq!(faults(&rows, &[]), []);
    let found = verdict(&rows, &points);
    assert_eq!((found.signed, found.faults), (4, vec![Fault::OtherHistory { seq: 6 }]));
}

#[test]
fn another_county_is_not_this_one() {
    let rows = history(3);
    let mut walker = Walker::new("431125");
    for row in &rows {
        walker.feed(&row.head, &row.prev, &row.hash, &row.payload);
    }
    let found = walker.finish(&[checkpoint(&rows, 2)]).faults;
    assert_eq!(found, [Fault::PrevMismatch { seq: 1 }, Fault::OtherCounty { seq: 2 }]);
}

#[test]
fn columns_that_cannot_be_read_are_faults_not_failures() {
    let rows = history(4);
    let mut walker = Walker::new(COUNTY);
    for row in &rows {
        match row.head.seq {
            2 => walker.feed_unreadable(2, &row.hash),
            3 => walker.feed(&row.head, &row.prev, &stored_hash(&row.hash[..31]), &row.payload),
            _ => walker.feed(&row.head, &row.prev, &stored_hash(&row.hash), &row.payload),
        }
    }
    assert_eq!(walker.faults(), [Fault::HeadAltered { seq: 2 }, Fault::HeadAltered { seq: 3 }]);
}

#[test]
fn a_checkpoint_is_one_line_that_only_its_key_makes() {
    let key = SigningKey::from_bytes(&[3; 32]);
    let point = checkpoint(&history(3), 3);
    let line = point.sign(&key);
    assert!(line.starts_with("c1 431124 3 ") && !line.contains('\n'));
    assert_eq!(Checkpoint::read(&line, &key.verifying_key()), Ok(point));
    let other = SigningKey::from_bytes(&[4; 32]).verifying_key();
    assert_eq!(Checkpoint::read(&line, &other), Err(ChainError::Signature));
    for (from, to) in [("431124", "431125"), (" 3 ", " 2 "), (" 5 ", " 6 ")] {
        let altered = line.replacen(from, to, 1);
        assert_eq!(Checkpoint::read(&altered, &key.verifying_key()), Err(ChainError::Signature), "{altered}");
    }
    for bad in ["", "c1", "c2 a 1 2 3 4", &line[..line.len() - 4], &format!("{line} x"), &line.replacen("c1", "c2", 1)]
    {
        assert_eq!(Checkpoint::read(bad, &key.verifying_key()), Err(ChainError::Malformed), "{bad}");
    }
}

#[test]
fn bad_lines_among_the_checkpoints_are_counted_from_one() {
    let key = SigningKey::from_bytes(&[3; 32]);
    let rows = history(3);
    let good = checkpoint(&rows, 2).sign(&key);
    let forged = checkpoint(&rows, 3).sign(&SigningKey::from_bytes(&[4; 32]));
    let (points, bad) = read_checkpoints(&format!("{good}\nnonsense\n{good}\n{forged}\n"), &key.verifying_key());
    assert_eq!(points.len(), 2);
    assert_eq!(bad, [Fault::BadCheckpoint { line: 2 }, Fault::BadCheckpoint { line: 4 }]);
    assert_eq!(bad[0].code(), "bad_checkpoint");
    assert!(bad[1].to_string().contains("line 4"));
}

/// The machine stopped while a line was written, or an older program wrote two at once: nothing of it is tampering, and nothing signed is lost.
#[test]
fn what_was_cut_short_among_the_checkpoints_is_passed_over() {
    let key = SigningKey::from_bytes(&[3; 32]);
    let rows = history(9);
    let [two, nine] = [2, 9].map(|seq| checkpoint(&rows, seq).sign(&key));
    let read = |text: &str| {
        let (good, bad) = read_checkpoints(text, &key.verifying_key());
        (good.iter().map(|point| point.seq).collect::<Vec<_>>(), bad.len())
    };
    for cut in 0..nine.len() {
        let torn = &nine[..cut];
        assert_eq!(read(&format!("{two}\n{torn}")), (vec![2], 0), "{torn}");
        assert_eq!(read(&format!("{torn}\n{two}\n")), (vec![2], 0), "{torn}");
        assert_eq!(read(&format!("{torn}{two}\n")), (vec![2], 0), "{torn}");
        // It covers nothing: of a history whose end was cut off the others have to know.
        let (points, _) = read_checkpoints(&format!("{nine}\n{torn}"), &key.verifying_key());
        assert_eq!(faults(&rows[..5], &points), [Fault::Cut { have: 5, checkpoint: 9 }]);
    }
    assert_eq!(read(&format!("{two}{nine}\n\n{two}\n\n")), (vec![2, 9, 2], 0));
    assert_eq!(read(&nine), (vec![9], 0), "whole but for the end of its line");
}

/// Whatever else is done to a line is no accident.
#[test]
fn an_altered_line_is_not_taken_for_one_cut_short() {
    let key = SigningKey::from_bytes(&[3; 32]);
    let good = checkpoint(&history(9), 9).sign(&key);
    let bad = |text: &str| read_checkpoints(text, &key.verifying_key()).1.len();
    for at in 0..good.len() {
        let altered: String =
            [&good[..at], if good[at..].starts_with('x') { "y" } else { "x" }, &good[at + 1..]].concat();
        assert_eq!(bad(&altered), 1, "{altered}");
        let shorter = [&good[..at], &good[at + 1..]].concat();
        // But for its very end, which is how a line is cut short.
        assert_eq!(bad(&shorter), usize::from(at < good.len() - 2), "{shorter}");
    }
    assert_eq!(bad(&format!("{good} x")), 1);
    assert_eq!(bad(&format!("x{good}")), 1);
}

/// Computed apart with Python's `hashlib`: a change of the encoding would break every history that exists.
#[test]
fn the_encoding_is_fixed() {
    assert_eq!(hex::encode(genesis(COUNTY)), "f55c5fde6ce604dd4e7db3edbe3e56ffc210b1fe5fb5d312acc99c326eeb297a");
    assert_eq!(
        hex::encode(link(&genesis(COUNTY), &head(1, "{}"))),
        "dac7b280e7c69da9a35c07bddc5f5de019ebf0600e6b3825c100482c6ffcd9f2"
    );
    assert_eq!(
        hex::encode(link(&genesis(COUNTY), &head(3, "{}"))),
        "94957fddbcda44de921687cfb2379426a85626947c08aa00f09cf5753baa2592"
    );
}

#[test]
fn text_cannot_slide_from_one_field_into_the_next() {
    let one = head(1, "");
    let two = EventHead { noun: "hazar".into(), verb: "dclose".into(), ..one.clone() };
    assert_ne!(link(&[0; 32], &one), link(&[0; 32], &two));
    let empty = EventHead { actor: Some(Uuid::nil()), ..one.clone() };
    let none = EventHead { actor: None, ..one };
    assert_ne!(link(&[0; 32], &empty), link(&[0; 32], &none));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn one_alteration_gives_exactly_one_fault(
        count in 1_i64..30, place in any::<prop::sample::Index>(), which in any::<prop::sample::Index>(), step in 1_usize..5,
    ) {
        let clean = history(count);
        let points: Vec<Checkpoint> = (0..=count).step_by(step).map(|seq| checkpoint(&clean, seq)).collect();
        let place = place.index(clean.len());
        let mut all = alterations(clean[place].head.seq);
        let (name, alter, expected) = all.swap_remove(which.index(all.len()));
        let mut rows = clean.clone();
        alter(&mut rows[place]);
        prop_assume!(rows != clean);
        prop_assert_eq!(faults(&rows, &points), vec![expected], "{}", name);
    }

    #[test]
    fn any_loss_or_exchange_is_found(count in 3_i64..30, one in any::<prop::sample::Index>(), two in any::<prop::sample::Index>()) {
        let clean = history(count);
        let points = [checkpoint(&clean, count)];
        let (one, two) = (one.index(clean.len()), two.index(clean.len()));
        let mut rows = clean.clone();
        rows.swap(one, two);
        prop_assert_eq!(faults(&rows, &points).is_empty(), one == two);
        let mut rows = clean.clone();
        rows.remove(one);
        prop_assert_eq!(faults(&rows, &points).len(), 1);
        prop_assert!(!faults(&clean[..one], &points).is_empty());
    }
}
