//! 企业微信 and 钉钉: application messages to members, by their names there. A token is fetched, kept, and fetched anew when it is refused.

use async_trait::async_trait;
use serde_json::{Value, json};
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
/// Codes by which they say that they are asked too often, or busy.
const BUSY: &[i64] = &[-1, 45_009, 45_033, 90_018, 90_005];

impl Office {
    async fn call(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let mut answer = self.with_token(path, body).await?;
        if answer["errcode"].as_i64().is_some_and(|code| STALE.contains(&code)) {
            *self.token.lock().await = None;
            answer = self.with_token(path, body).await?;
        }
        match answer["errcode"].as_i64().unwrap_or_default() {
            0 => Ok(answer),
            code if BUSY.contains(&code) || STALE.contains(&code) => Err(Failure::Later(said(code, &answer))),
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
        let token = answer["access_token"].as_str().ok_or_else(|| Failure::Later(said(code, &answer)))?.to_owned();
        *held = Some(token.clone());
        Ok(token)
    }
}

fn said(code: i64, answer: &Value) -> String {
    let words: String = answer["errmsg"].as_str().unwrap_or_default().chars().take(120).collect();
    format!("{code} {words}")
}

async fn read(answer: reqwest::Response) -> Result<Value, Failure> {
    match channel::judge(answer.status()) {
        Some(failure) => Err(failure),
        None => answer.json().await.map_err(channel::unreached),
    }
}

fn base(given: Option<&String>, usual: &str) -> Result<String, String> {
    let base = given.map_or(usual, String::as_str).trim_end_matches('/');
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
        // It recognises a text that it has just had (enable_duplicate_check), which is what it has for a key.
        let body = json!({
            "touser": letter.to, "msgtype": "text", "agentid": self.1.agent_id, "text": { "content": letter.text },
            "enable_duplicate_check": 1, "duplicate_check_interval": 14_400,
        });
        let answer = self.0.call("/cgi-bin/message/send", &body).await?;
        if answer["invaliduser"].as_str().is_some_and(|user| !user.is_empty()) {
            return Err(Failure::Never("invaliduser".into()));
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
            "agent_id": self.1.agent_id, "userid_list": letter.to,
            "msg": { "msgtype": "text", "text": { "content": letter.text } },
        });
        let answer = self.0.call("/topapi/message/corpconversation/asyncsend_v2", &body).await?;
        Ok(answer["task_id"].as_i64().map(|task| task.to_string()))
    }
}
