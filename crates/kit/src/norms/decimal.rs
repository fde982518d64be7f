//! A figure with decimals in fixed point: a rule that judges by 0.2 must not depend on how a machine rounds.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};

/// As many decimals as a norm has at most.
const PLACES: u32 = 4;
const ONE: i64 = 10_i64.pow(PLACES);

/// Ten-thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(i64);

impl Decimal {
    pub const ZERO: Self = Self(0);

    /// `None` for a number that is too large to be a figure.
    pub fn whole(number: i64) -> Option<Self> {
        number.checked_mul(ONE).map(Self)
    }

    /// The number, if it has no decimals.
    pub const fn as_whole(self) -> Option<i64> {
        if self.0 % ONE == 0 { Some(self.0 / ONE) } else { None }
    }

    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Exact to four decimals; what is beyond them is cut off. `None` where the product is no figure any more.
    pub fn times(self, other: Self) -> Option<Self> {
        let product = i128::from(self.0) * i128::from(other.0) / i128::from(ONE);
        i64::try_from(product).ok().map(Self)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / ONE, (self.0 % ONE).unsigned_abs());
        let sign = if self.0 < 0 && whole == 0 { "-" } else { "" };
        if rest == 0 {
            return write!(f, "{whole}");
        }
        write!(f, "{sign}{whole}.{}", format!("{rest:04}").trim_end_matches('0'))
    }
}

impl FromStr for Decimal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a number with at most {PLACES} decimals");
        let (digits, negative) = text.strip_prefix('-').map_or((text, false), |rest| (rest, true));
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || !plain(decimals) || decimals.len() > PLACES as usize {
            return Err(wrong());
        }
        let rest: i64 = format!("{decimals:0<4}").parse().map_err(|_| wrong())?;
        let number = whole.parse::<i64>().ok().and_then(|whole| whole.checked_mul(ONE)?.checked_add(rest));
        let number = number.ok_or_else(wrong)?;
        Ok(Self(if negative { -number } else { number }))
    }
}

/// A whole number, or a text with decimals: never a floating-point number.
impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Decimal;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number, or one with decimals in quotes such as \"0.5\"")
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Decimal, E> {
                Decimal::whole(number).ok_or_else(|| E::custom("the number is too large"))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Decimal, E> {
                text.parse().map_err(E::custom)
            }
        }
        from.deserialize_any(Visitor)
    }
}
