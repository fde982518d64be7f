//! 企业微信 and 钉钉: application messages to members, by their names there. A token is fetched, kept, and fetched anew when it is refused.
//!
//! Both answer 200 and say in `errcode` whether it went. Both drop a text that a member has just had (企业微信 within the hours that are asked for, 钉钉 on the
//! same day), which is what they have for a key; so each text ends with a mark of its key, and two messages of the same words are two.

use async_trait::async_trait;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use super::channel::{self, Channel, Failure, Letter};
use super::settings;

/// What both have: a base address and a token that lives for hours.
struct Office {
    client: reqwest::Client,
    base: String,
    token: Mutex<Option<String>>,
    /// Where a token is had: path and parameters.
    ask: (&'static str, Vec<(&'static str, String)>),
}

/// Codes by which they say that a token is not valid (any more).
const STALE: &[i64] = &[40_001, 40_014, 42_001, 88];
/// Codes by which they say that they are asked too often, or busy, or not from this machine: the county's to mend, and not this letter's end.
const BUSY: &[i64] = &[-1, 45_009, 45_033, 60_020, 90_005, 90_018];

impl Office {
    async fn call(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let mut answer = self.with_token(path, body).await?;
        if answer["errcode"].as_i64().is_some_and(|code| STALE.contains(&code)) {
            *self.token.lock().await = None;
            answer = self.with_token(path, body).await?;
        }
        match answer["errcode"].as_i64().unwrap_or_default() {
            0 => Ok(answer),
            code if BUSY.contains(&code) || STALE.contains(&code) => Err(Failure::later(said(code, &answer))),
            code => Err(Failure::Never(said(code, &answer))),
        }
    }

    async fn with_token(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let token = self.token().await?;
        let request = self.client.post(format!("{}{path}", self.base)).query(&[("access_token", token)]);
        let answer = request.json(body).send().await.map_err(channel::unreached)?;
        read(answer).await
    }

    async fn token(&self) -> Result<String, Failure> {
        let mut held = self.token.lock().await;
        if let Some(token) = held.as_ref() {
            return Ok(token.clone());
        }
        let (path, query) = &self.ask;
        let answer = self.client.get(format!("{}{path}", self.base)).query(query).send().await;
        let answer = read(answer.map_err(channel::unreached)?).await?;
        // A wrong secret is the county's to mend, not this letter's end.
        let code = answer["errcode"].as_i64().unwrap_or_default();
        let token = answer["access_token"].as_str().ok_or_else(|| Failure::later(said(code, &answer)))?.to_owned();
        *held = Some(token.clone());
        Ok(token)
    }
}

/// One member and nobody else. `@all` and lists of names, which both would take, are no address.
fn member(to: &str) -> Result<&str, Failure> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-@.".contains(&byte);
    let one = to.len() <= 64 && to.bytes().all(plain) && to.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric);
    if one { Ok(to) } else { Err(Failure::Never("address".into())) }
}

/// The text with the mark of its key: the same message again is the same text again, another of the same words is not.
fn marked(letter: &Letter) -> String {
    let mark = hex::encode(&Sha256::digest(letter.key.as_bytes())[..3]);
    format!("{}〔{mark}〕", letter.text)
}

fn said(code: i64, answer: &Value) -> String {
    let words: String = answer["errmsg"].as_str().unwrap_or_default().chars().take(120).collect();
    format!("{code} {words}")
}

async fn read(answer: reqwest::Response) -> Result<Value, Failure> {
    match channel::judge(&answer) {
        Some(failure) => Err(failure),
        None => answer.json().await.map_err(channel::unreached),
    }
}

fn base(given: Option<&String>, usual: &str) -> Result<String, String> {
    let base = given.map_or(usual, String::as_str).trim_end_matches('/');
    channel::no_group(base)?;
    reqwest::Url::parse(base).map_err(|error| format!("messages: {base}: {error}"))?;
    Ok(base.to_owned())
}

pub struct WeCom(Office, settings::WeCom);

impl WeCom {
    pub fn open(settings: &settings::WeCom, client: reqwest::Client) -> Result<Self, String> {
        let secret = settings::secret(&settings.secret_file)?;
        let ask = ("/cgi-bin/gettoken", vec![("corpid", settings.corp_id.clone()), ("corpsecret", secret)]);
        let base = base(settings.url.as_ref(), "https://qyapi.weixin.qq.com")?;
        Ok(Self(Office { client, base, token: Mutex::default(), ask }, settings.clone()))
    }
}

#[async_trait]
impl Channel for WeCom {
    fn name(&self) -> &'static str {
        "wecom"
    }

    fn per_minute(&self) -> u32 {
        self.1.per_minute.unwrap_or(1_000)
    }

    async fn send(&self, letter: &Letter) -> Result<Option<String>, Failure> {
        let body = json!({
            "touser": member(&letter.to)?, "msgtype": "text", "agentid": self.1.agent_id, "text": { "content": marked(letter) },
            "enable_duplicate_check": 1, "duplicate_check_interval": 14_400,
        });
        let answer = self.0.call("/cgi-bin/message/send", &body).await?;
        // Sent to nobody is not sent: a name that is not there, or that may not use the application.
        for nobody in ["invaliduser", "unlicenseduser"] {
            if answer[nobody].as_str().is_some_and(|user| !user.is_empty()) {
                return Err(Failure::Never(nobody.into()));
            }
        }
        Ok(answer["msgid"].as_str().map(str::to_owned))
    }
}

pub struct DingTalk(Office, settings::DingTalk);

impl DingTalk {
    pub fn open(settings: &settings::DingTalk, client: reqwest::Client) -> Result<Self, String> {
        let secret = settings::secret(&settings.secret_file)?;
        let ask = ("/gettoken", vec![("appkey", settings.app_key.clone()), ("appsecret", secret)]);
        let base = base(settings.url.as_ref(), "https://oapi.dingtalk.com")?;
        Ok(Self(Office { client, base, token: Mutex::default(), ask }, settings.clone()))
    }
}

#[async_trait]
impl Channel for DingTalk {
    fn name(&self) -> &'static str {
        "dingtalk"
    }

    fn per_minute(&self) -> u32 {
        self.1.per_minute.unwrap_or(1_000)
    }

    async fn send(&self, letter: &Letter) -> Result<Option<String>, Failure> {
        let body = json!({
            "agent_id": self.1.agent_id, "userid_list": member(&letter.to)?, "to_all_user": false,
            "msg": { "msgtype": "text", "text": { "content": marked(letter) } },
        });
        let answer = self.0.call("/topapi/message/corpconversation/asyncsend_v2", &body).await?;
        Ok(answer["task_id"].as_i64().map(|task| task.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_but_one_member_is_an_address() {
        for one in ["wang", "Li.Si-2", "a@b.cn", "0742"] {
            assert_eq!(member(one).ok(), Some(one));
        }
        let long = "a".repeat(65);
        for many in ["", "@all", "wang|li", "wang,li", "wang li", "王", "-x", long.as_str()] {
            assert_eq!(member(many).err(), Some(Failure::Never("address".into())), "{many}");
        }
    }

    #[test]
    fn a_group_has_no_gateway() {
        for robot in [
            "https://oapi.dingtalk.com/robot/send?access_token=x",
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x",
            "https://open.feishu.cn/open-apis/bot/v2/hook/x",
            "http://127.0.0.1/Robot/Send",
        ] {
            assert!(base(Some(&robot.to_owned()), "").is_err_and(|said| said.contains("persons only")), "{robot}");
        }
        assert!(base(None, "https://qyapi.weixin.qq.com").is_ok());
        assert!(base(Some(&"not an address".to_owned()), "").is_err());
    }
}
