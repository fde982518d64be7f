//! What a form of these pages sent.

use axum::extract::Multipart;
use axum::extract::multipart::MultipartRejection;
use axum::http::StatusCode;
use engine::files::Upload;
use kit::Refusal;
use uuid::Uuid;

/// More fields than the form has, and still few enough to hold.
const FIELDS: usize = 24;

#[derive(Default)]
pub struct Typed {
    values: Vec<(String, String)>,
    pub photo: Option<Upload>,
    /// The upload broke off, or was too large; what came before is here all the same.
    pub fault: Option<Refusal>,
}

impl Typed {
    /// The words stand before the photograph in the form, so that an upload that breaks off does not take them along.
    pub async fn read(multipart: Result<Multipart, MultipartRejection>) -> Self {
        let mut typed = Self::default();
        let Ok(mut multipart) = multipart else {
            typed.fault = Some(Refusal::new("tip.cut"));
            return typed;
        };
        for _ in 0..FIELDS {
            match multipart.next_field().await {
                Ok(Some(field)) => {
                    let name = field.name().unwrap_or_default().to_owned();
                    let file = field.file_name().map(str::to_owned);
                    match field.bytes().await {
                        Ok(bytes) => typed.put(name, file, bytes.to_vec()),
                        Err(error) => return typed.broken(error.status()),
                    }
                }
                Ok(None) => break,
                Err(error) => return typed.broken(error.status()),
            }
        }
        typed
    }

    fn put(&mut self, name: String, file: Option<String>, bytes: Vec<u8>) {
        if name != "photo" {
            self.values.push((name, String::from_utf8_lossy(&bytes).into_owned()));
        } else if !bytes.is_empty() {
            self.photo = Some(Upload { name: file.unwrap_or_default(), bytes });
        }
    }

    fn broken(mut self, status: StatusCode) -> Self {
        let large = status == StatusCode::PAYLOAD_TOO_LARGE;
        self.fault = Some(if large { Refusal::at("tip.photo_large", "photo") } else { Refusal::new("tip.cut") });
        self
    }

    pub fn get(&self, name: &str) -> &str {
        engine::save::typed(&self.values, name).unwrap_or_default()
    }

    pub fn ticked(&self, name: &str) -> bool {
        self.get(name) == "1"
    }

    pub fn id(&self, name: &str) -> Option<Uuid> {
        self.get(name).parse().ok()
    }

    /// What was typed, as a form that has not been sent yet.
    pub fn anew(&mut self) {
        self.values.retain(|(name, _)| name != "id" && name != "token");
    }
}
