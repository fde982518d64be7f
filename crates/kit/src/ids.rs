//! Ids of records: UUIDs of version 7 ([RFC 9562](https://www.rfc-editor.org/rfc/rfc9562), §5.7), in the order in which they were made.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::dates::shanghai_date;

/// The id of what is made at an instant (milliseconds UTC) as the `count`th, whoever counts.
///
/// What one import makes at the same instant stands in every index behind what was made before it, as §6.2 of the RFC advises: with chance alone
/// a hundred thousand pupils each went to another page. 26 bits count, 48 are chance; so two who count apart need not know of each other.
pub fn id(at: i64, count: u32, mut random: [u8; 10]) -> Uuid {
    // The upper half of the first byte becomes the version, the upper quarter of the third the variant.
    let [high, low] = [count >> 14, count].map(u32::to_be_bytes);
    (random[0], random[1]) = (high[2], high[3]);
    (random[2], random[3]) = (low[2], low[3]);
    uuid::Builder::from_unix_timestamp_millis(at.unsigned_abs(), &random).into_uuid()
}

/// The day in Asia/Shanghai on which an id was made; none of one that was made otherwise.
pub fn made_on(id: Uuid) -> Option<NaiveDate> {
    // The upper 48 bits of version 7 are milliseconds UTC.
    let at = i64::try_from(id.as_u128() >> 80).ok().filter(|_| id.get_version_num() == 7)?;
    Some(shanghai_date(at))
}

/// From when something may be asked of what a record is about: since it began, but not for days on which the county did not know of it yet. Whoever sends
/// a record chooses its id: one that is made on a day to come says nothing, or nothing would be asked before.
pub fn known_from(id: Uuid, began: Option<NaiveDate>, today: NaiveDate) -> Option<NaiveDate> {
    began.max(made_on(id).filter(|day| *day <= today))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_is_asked_for_days_before_a_record_was_made() {
        let day = |text: &str| text.parse::<NaiveDate>().ok();
        // Noon of 20 December 2021 in Shanghai, and the last minute of the day before.
        let (noon, eve) = (1_639_972_800_000, 1_639_929_540_000);
        for (made, began, from) in [
            (Some(noon), "1980-09-01", "2021-12-20"),
            (Some(eve), "1980-09-01", "2021-12-19"),
            (Some(noon), "", "2021-12-20"),
            (Some(noon), "2021-12-20", "2021-12-20"),
            (Some(noon), "2022-09-01", "2022-09-01"),
            (None, "1980-09-01", "1980-09-01"),
            (None, "", ""),
        ] {
            let id = made.map_or(Uuid::from_u128(7), |at| id(at, 1, [0xff; 10]));
            assert_eq!(known_from(id, day(began), shanghai_date(noon)), day(from), "{made:?} {began}");
        }
        let ahead = id(noon, 1, [0xff; 10]);
        assert_eq!(known_from(ahead, day("1980-09-01"), shanghai_date(eve)), day("1980-09-01"), "a day to come");
    }

    proptest! {
        #[test]
        fn ids_stand_in_the_order_of_instants_and_then_of_counting(
            at in 0_i64..4_102_444_800_000, later in 1_i64..1_000_000, count in 0_u32..(1 << 26) - 1,
            random: [u8; 10], other: [u8; 10],
        ) {
            let made = id(at, count, random);
            prop_assert!(made < id(at, count + 1, other));
            prop_assert!(made < id(at + later, 0, other));
            prop_assert_eq!((made.get_version_num(), made.get_variant()), (7, uuid::Variant::RFC4122));
        }

        #[test]
        fn who_counts_alike_at_the_same_instant_is_told_apart_by_chance(at: i64, count: u32, random: [u8; 10]) {
            let other = random.map(|byte| !byte);
            prop_assert_ne!(id(at, count, random), id(at, count, other));
        }
    }
}
