//! The vocabulary of alerts: Common Alerting Protocol 1.2 (OASIS 2010; 国家突发事件预警信息发布系统 speaks it too), as closed sets. An alert
//! always says whether it is real.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $code:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$each])* #[serde(rename = $code)] $variant),* }

        impl $name {
            pub const CODES: &'static [&'static str] = &[$($code),*];

            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }
        }

        impl FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text { $($code => Ok(Self::$variant),)* _ => Err(format!("{text:?} is none of {:?}", Self::CODES)) }
            }
        }
    )*};
}

codes! {
    /// Whether it is real (3.2.1, `status`).
    Status {
        /// 实况
        Actual = "Actual",
        /// 演练: whoever reads it must know from its first word.
        Exercise = "Exercise",
        /// 测试
        Test = "Test",
    }

    /// What it does to what was said before (`msgType`).
    Kind { Alert = "Alert", Update = "Update", Cancel = "Cancel" }

    /// How soon to act (3.2.2, `urgency`).
    Urgency { Immediate = "Immediate", Expected = "Expected", Future = "Future", Past = "Past", Unknown = "Unknown" }

    /// How bad (`severity`).
    Severity { Extreme = "Extreme", Severe = "Severe", Moderate = "Moderate", Minor = "Minor", Unknown = "Unknown" }

    /// How sure (`certainty`).
    Certainty {
        Observed = "Observed", Likely = "Likely", Possible = "Possible", Unlikely = "Unlikely", Unknown = "Unknown",
    }
}

impl Urgency {
    pub const fn hurries(self) -> bool {
        matches!(self, Self::Immediate | Self::Expected)
    }
}

impl Status {
    /// The word key of what the text begins with; what is real begins with nothing.
    pub const fn mark(self) -> Option<&'static str> {
        match self {
            Self::Actual => None,
            Self::Exercise => Some("alert.mark.exercise"),
            Self::Test => Some("alert.mark.test"),
        }
    }
}

/// What makes a message an alert. All of it is said every time: there is no default for whether it is real.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    pub status: Status,
    pub kind: Kind,
    pub urgency: Urgency,
    pub severity: Severity,
    pub certainty: Certainty,
    /// For an update or a cancel: the cause of what it refers to (`references`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refers_to: Option<String>,
}

impl Alert {
    /// Whether it says what its kind must say: an update or a cancel names what it is about.
    pub fn is_whole(&self) -> bool {
        self.kind == Kind::Alert || self.refers_to.as_ref().is_some_and(|cause| !cause.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_travels_by_the_words_of_the_standard_and_none_of_them_can_be_left_out() {
        let alert = Alert {
            status: Status::Exercise,
            kind: Kind::Cancel,
            urgency: Urgency::Immediate,
            severity: Severity::Severe,
            certainty: Certainty::Observed,
            refers_to: Some("storm-1".into()),
        };
        let text = serde_json::to_string(&alert).unwrap_or_default();
        assert!(text.contains(r#""status":"Exercise""#) && text.contains(r#""kind":"Cancel""#), "{text}");
        assert_eq!(serde_json::from_str::<Alert>(&text).ok().as_ref(), Some(&alert));
        for code in ["\"status\":\"Exercise\",", "\"certainty\":\"Observed\",", "\"kind\":\"Cancel\","] {
            assert!(serde_json::from_str::<Alert>(&text.replace(code, "")).is_err(), "{code}");
        }
        assert!(alert.is_whole() && !Alert { refers_to: None, ..alert }.is_whole());
        assert!("actual".parse::<Status>().is_err() && "Actual".parse::<Status>().is_ok());
    }

    #[test]
    fn only_what_is_real_begins_with_nothing() {
        let marks: Vec<_> = [Status::Actual, Status::Exercise, Status::Test].map(Status::mark).into();
        assert_eq!(marks, [None, Some("alert.mark.exercise"), Some("alert.mark.test")]);
    }

    #[test]
    fn only_what_is_at_once_or_soon_hurries() {
        for (code, hurries) in
            [("Immediate", true), ("Expected", true), ("Future", false), ("Past", false), ("Unknown", false)]
        {
            assert_eq!(code.parse().map(Urgency::hurries), Ok(hurries), "{code}");
        }
        assert_eq!(Urgency::CODES.len(), 5);
    }
}
