//! The one who carries: takes what is due, hands it to the gateways side by side, and notes down what became of it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use kit::texts::Templates;
use kit::{Lang, Noun, Row, Scope};
use store::outbox::{Outcome, Quiet, Route, Unrouted, Waiting, Way};
use store::{PushDevice, StoreError};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};
use uuid::Uuid;

use super::channel::{Channel, Failure, Letter};
use super::pace::{self, Caps, Hours};
use super::{Outside, push::PUSH, text};
use crate::app::App;

/// So many are on their way at once by each channel: a gateway that hangs holds up its own and nobody else's.
const TOGETHER: u32 = 128;
const MANY: usize = TOGETHER as usize;
/// A claim that was not settled by then is somebody else's (milliseconds): longer than the patience with a gateway.
const CLAIM: i64 = 300_000;
/// How long one attempt may take altogether. A mail server takes its time for each of half a dozen commands; a letter that is given up too early has
/// perhaps been taken, and goes twice.
const PATIENCE: Duration = Duration::from_mins(4);
/// The first pause before another attempt, in seconds, and how many are made: a gateway that is away for an hour is outlasted. What has become
/// pointless meanwhile is withdrawn by its cause.
const FIRST_PAUSE: u32 = 5;
const ATTEMPTS: u32 = 12;
/// The fault of a letter that must lead somewhere, where the settings do not say how the site is reached.
const NO_SITE: &str = "public_url is not set";
/// Looks again after so long although nobody called: another program may have written.
const NAP: Duration = Duration::from_secs(5);

/// Where members of staff keep their telephone number.
#[derive(Clone, Copy)]
pub struct Phones {
    pub noun: &'static Noun,
    pub field: &'static str,
}

/// Carries until the program is told to stop; what is on its way then is waited for and noted down, or it would go once more with the next start.
pub async fn run(app: Arc<App>, phones: Phones) {
    if app.public_url.is_none() && app.outside.channel("sms").is_some() {
        tracing::error!("public_url is not set: text messages that ask a guardian for an answer are not sent");
    }
    if let Err(error) = app.store.free_claims().await {
        tracing::error!(%error, "what was on its way is sent again in a minute");
    }
    let (done, outcomes) = mpsc::channel(2 * MANY);
    let noted = tokio::spawn(note_down(Arc::clone(&app), outcomes));
    let mut ending = app.ending.subscribe();
    let places = Places::of(app.outside.channels.iter().map(|channel| channel.name()));
    let mut carrier = Carrier { outside: app.outside.clone(), app, phones, caps: Caps::default(), places, done };
    tokio::select! {
        () = carrier.carry_on() => {}
        _ = ending.wait_for(|ending| *ending) => {}
    }
    carrier.places.all().await;
    drop(carrier);
    let _ = noted.await;
}

/// What became of messages, written down together as it comes in.
async fn note_down(app: Arc<App>, mut outcomes: mpsc::Receiver<(Uuid, Outcome)>) {
    let mut batch = Vec::with_capacity(MANY);
    while outcomes.recv_many(&mut batch, MANY).await > 0 {
        if let Err(error) = app.store.settle(app.clock.now(), &batch).await {
            tracing::error!(%error, "what was sent is not noted down: it is sent again, with the same keys");
        }
        batch.clear();
    }
}

struct Carrier {
    app: Arc<App>,
    outside: Outside,
    phones: Phones,
    caps: Caps,
    places: Places,
    done: mpsc::Sender<(Uuid, Outcome)>,
}

/// How many more may be on their way by each channel.
struct Places {
    free: HashMap<&'static str, Arc<Semaphore>>,
    /// One has come back to a channel that was full.
    back: Arc<Notify>,
}

impl Places {
    fn of(channels: impl Iterator<Item = &'static str>) -> Self {
        let free = channels.map(|name| (name, Arc::new(Semaphore::new(MANY)))).collect();
        Self { free, back: Arc::default() }
    }

    /// The channels that are full.
    fn full(&self) -> Vec<&'static str> {
        self.free.iter().filter(|(_, free)| free.available_permits() == 0).map(|(name, _)| *name).collect()
    }

    /// So many may be claimed by whatever other channels: each of them has room for all.
    fn room(&self) -> usize {
        let rooms = self.free.values().map(|free| free.available_permits()).filter(|room| *room > 0);
        rooms.min().unwrap_or(MANY)
    }

    /// Waits until nothing is on its way any more.
    async fn all(&self) {
        for free in self.free.values() {
            drop(free.acquire_many(TOGETHER).await);
        }
    }

    /// A place, free again when it is dropped. A channel that is not there takes none: nothing is on its way by it.
    async fn take(&self, channel: &str) -> Place {
        let permit = match self.free.get(channel) {
            Some(free) => Arc::clone(free).acquire_owned().await.ok(),
            None => None,
        };
        Place { permit, back: Arc::clone(&self.back) }
    }
}

struct Place {
    permit: Option<OwnedSemaphorePermit>,
    back: Arc<Notify>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let full = self.permit.as_ref().is_some_and(|permit| permit.semaphore().available_permits() == 0);
        self.permit = None;
        if full {
            self.back.notify_one();
        }
    }
}

/// Everything about some persons that decides how they are told, read for all of them at once.
#[derive(Default)]
struct Known {
    ways: HashMap<Uuid, Vec<Way>>,
    quiet: HashMap<Uuid, Quiet>,
    phones: HashMap<Uuid, String>,
    browsers: HashMap<Uuid, Vec<PushDevice>>,
}

impl Carrier {
    async fn carry_on(&mut self) {
        loop {
            match self.round().await {
                Ok(0) => self.rest().await,
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(%error, "the outbox was not looked at");
                    tokio::time::sleep(NAP).await;
                }
            }
        }
    }

    /// Until something is written, or something is due.
    async fn rest(&self) {
        let due = self.app.store.next_due().await.ok().flatten();
        let until = due.map_or(NAP, |due| self.app.clock.until(due));
        // What is due may be waiting for a place.
        let least = if self.places.full().is_empty() { Duration::from_millis(20) } else { Duration::from_secs(1) };
        tokio::select! {
            () = self.app.store.message_written() => {}
            () = self.places.back.notified() => {}
            () = tokio::time::sleep(until.clamp(least, NAP)) => {}
        }
    }

    /// Gives channels to what has none and takes up what is due. Answers how much there was.
    async fn round(&mut self) -> Result<usize, StoreError> {
        let now = self.app.clock.now();
        let routed = self.route(now).await?;
        let (full, room) = (self.places.full(), self.places.room());
        let waiting = self.app.store.claim_but(&full, now, now + self.app.clock.passes(CLAIM), room as u64).await?;
        let count = waiting.len();
        let known = self.known(&waiting).await?;
        let mut later: HashMap<i64, Vec<Uuid>> = HashMap::new();
        for message in waiting {
            match self.when(&message, &known, now) {
                Ok(()) => self.send(message, &known).await,
                Err(until) => later.entry(until).or_default().push(message.id),
            }
        }
        for (until, ids) in later {
            self.app.store.put_off(&ids, until).await?;
        }
        Ok(routed + count)
    }

    async fn route(&self, now: i64) -> Result<usize, StoreError> {
        let unrouted = self.app.store.unrouted(now, 2_000).await?;
        if unrouted.is_empty() {
            return Ok(0);
        }
        let persons: Vec<_> =
            unrouted.iter().filter_map(|message| message.person).collect::<HashSet<_>>().into_iter().collect();
        let ways =
            if self.outside.channels.is_empty() { HashMap::new() } else { self.app.store.ways(&persons).await? };
        let browsers = self.browsers(&persons).await?;
        let rules = self.app.rules();
        let texts = &rules.conduct.texts;
        let routes: Vec<_> =
            unrouted.iter().map(|message| (message.id, self.routes(message, &ways, &browsers, texts))).collect();
        self.app.store.route(now, &routes).await?;
        Ok(routes.len())
    }

    /// The browsers of these persons, where the county writes to any.
    async fn browsers(&self, persons: &[Uuid]) -> Result<HashMap<Uuid, Vec<PushDevice>>, StoreError> {
        match &self.outside.push {
            Some(push) => self.app.store.push_devices(persons, &push.public()).await,
            None => Ok(HashMap::new()),
        }
    }

    /// The channels of a message, and each of its recipient's browsers, which he chose by subscribing.
    fn routes(
        &self,
        message: &Unrouted,
        ways: &HashMap<Uuid, Vec<Way>>,
        browsers: &HashMap<Uuid, Vec<PushDevice>>,
        texts: &Templates,
    ) -> Vec<Route> {
        let mut routes: Vec<_> = self.channels(message, ways, texts).into_iter().map(Route::by).collect();
        if texts.get(&message.code).is_some() {
            let own = message.person.and_then(|person| browsers.get(&person)).into_iter().flatten();
            // Whoever was erased is not written to any more.
            let own = own.filter(|browser| browser.address.is_some());
            routes.extend(own.map(|browser| Route { channel: PUSH, device: Some(browser.id) }));
        }
        routes
    }

    /// By which channels a message leaves the app: none that is not approved, none that is not configured, none that its recipient does not want.
    fn channels(&self, message: &Unrouted, ways: &HashMap<Uuid, Vec<Way>>, texts: &Templates) -> Vec<&'static str> {
        if texts.get(&message.code).is_none() && message.person.is_some() {
            return Vec::new();
        }
        let open = self.outside.channels.iter().map(|channel| channel.name());
        match message.person {
            // A guardian has a telephone number and nothing else.
            None => vec!["sms"],
            Some(person) => {
                let own = ways.get(&person).map_or(&[][..], Vec::as_slice);
                let open = open.filter(|name| *name != PUSH);
                let used = |name: &&str| match own.iter().find(|way| way.channel == **name) {
                    Some(way) => way.used,
                    // What is urgent reaches the telephone of whoever has chosen nothing.
                    None => *name == "sms" && message.urgent,
                };
                open.filter(used).collect()
            }
        }
    }

    async fn known(&self, waiting: &[Waiting]) -> Result<Known, StoreError> {
        let of = |messages: &mut dyn Iterator<Item = &Waiting>| -> Vec<Uuid> {
            messages.filter_map(|message| message.person).collect::<HashSet<_>>().into_iter().collect()
        };
        let persons = of(&mut waiting.iter());
        if persons.is_empty() {
            return Ok(Known::default());
        }
        let browsers = self.browsers(&of(&mut waiting.iter().filter(|message| message.device.is_some()))).await?;
        let store = &self.app.store;
        let rows: Vec<Row> =
            store.find_many(self.phones.noun, &persons, &Scope::county()).await?.into_values().collect();
        let clear = store.reveal(self.phones.noun, self.phones.field, &rows).await?;
        let phones = rows.iter().zip(clear).filter_map(|(row, phone)| Some((row.id, phone?))).collect();
        Ok(Known { ways: store.ways(&persons).await?, quiet: store.quiet(&persons).await?, phones, browsers })
    }

    /// Whether a message may go now: it is urgent or nobody sleeps, and its channel's minute has room.
    fn when(&mut self, message: &Waiting, known: &Known, now: i64) -> Result<(), i64> {
        let own = message.person.and_then(|person| known.quiet.get(&person));
        let hours = match own {
            Some(quiet) => Some(Hours { from: quiet.from_minute, until: quiet.until_minute }),
            None => Hours::parse(&self.outside.settings.quiet).ok().flatten(),
        };
        if let Some(over) = hours.filter(|_| !message.urgent).and_then(|hours| hours.over_at(now)) {
            return Err(over);
        }
        match self.outside.channel(&message.channel) {
            Some(channel) => self.caps.take(&message.channel, channel.per_minute(), now),
            None => Ok(()),
        }
    }

    async fn send(&self, message: Waiting, known: &Known) {
        let letter = self.letter(&message, known);
        let channel = self.outside.channel(&message.channel).cloned();
        let (done, app) = (self.done.clone(), Arc::clone(&self.app));
        let limits = (
            i64::from(self.outside.settings.retry_seconds.unwrap_or(FIRST_PAUSE)) * 1_000,
            i64::from(self.outside.settings.attempts.unwrap_or(ATTEMPTS)),
        );
        let chance = self.app.store.chance();
        let place = self.places.take(&message.channel).await;
        tokio::spawn(async move {
            let answer = match (letter, channel) {
                (_, None) => Err(Failure::Never("channel".into())),
                (Ok(letter), Some(channel)) => carry(channel.as_ref(), &letter).await,
                (Err(fault), _) => Err(Failure::Never(fault.to_owned())),
            };
            if let (Err(Failure::Gone(_)), Some(device)) = (&answer, message.device) {
                forget(&app, device).await;
            }
            let outcome = judge(answer, message.attempts, limits, (app.clock.now(), chance));
            // Nobody listens any more only when the program ends; the claim ends then too.
            let _ = done.send((message.id, outcome)).await;
            drop(place);
        });
    }

    /// The message as a letter to an address; or the word for what is missing.
    fn letter(&self, message: &Waiting, known: &Known) -> Result<Letter, &'static str> {
        let quiet = message.person.and_then(|person| known.quiet.get(&person));
        let lang: Lang = quiet.and_then(|quiet| quiet.lang.parse().ok()).unwrap_or(Lang::Zh);
        let to = address(message, known).ok_or("address")?;
        let rules = self.app.rules();
        let template = rules.conduct.texts.get(&message.code).ok_or("template")?;
        let (subject, said, link) = self.said(message, lang);
        let there = text::leads(self.app.public_url.as_deref(), link.as_deref());
        let nowhere = if self.app.public_url.is_none() { NO_SITE } else { "link" };
        // What asks for an answer asks in vain where nobody can be led to it. A browser knows by itself which site it belongs to.
        if message.answers.is_some() && message.channel != PUSH && there.is_none() {
            return Err(nowhere);
        }
        let mark = message.status.parse::<kit::alert::Status>().ok().and_then(kit::alert::Status::mark);
        let mark = mark.map(|mark| ("mark".to_owned(), self.app.words.get(lang, mark).to_owned()));
        let params = text::filled(&template.params, &message.params, there.as_ref()).ok_or(nowhere)?;
        Ok(Letter {
            key: message.key.clone(),
            to,
            subject,
            text: said,
            template: template.sms.clone(),
            // First of all that it is not real: an approved text begins with the place for it.
            params: mark.into_iter().chain(params).collect(),
            link,
            urgent: message.urgent,
        })
    }

    /// The head of a message, its words, and where within the site it leads. What stands on a locked screen names nobody.
    fn said(&self, message: &Waiting, lang: Lang) -> (String, String, Option<String>) {
        let Waiting { code, status, params, .. } = message;
        let (words, link) = (&self.app.words, self.link(message));
        if message.channel == PUSH {
            return (self.app.county_name.clone(), text::outward(words, lang, code, status, params), link);
        }
        let mut said = text::body(words, lang, code, status, params);
        // Only if the settings say how the site is reached.
        if let Some(there) = text::leads(self.app.public_url.as_deref(), link.as_deref()) {
            said = format!("{said} {}", there.link);
        }
        (said.chars().take(60).collect(), said, link)
    }

    /// Where it leads: the signed page of an answer, or the record for whoever has an account.
    fn link(&self, message: &Waiting) -> Option<String> {
        if message.answers.is_some() {
            return Some(format!("/answer/{}", text::token(&self.app.store, message.id).ok()?));
        }
        if message.noun == kit::message::TODAY {
            return Some("/".to_owned());
        }
        let kind = self.app.kind_of(&message.noun).filter(|_| message.person.is_some())?;
        Some(text::address(kind, message.record, &message.code))
    }
}

async fn carry(channel: &dyn Channel, letter: &Letter) -> Result<Option<String>, Failure> {
    let sent = tokio::time::timeout(PATIENCE, channel.send(letter)).await;
    sent.unwrap_or_else(|_| Err(Failure::later(format!("no answer in {} s", PATIENCE.as_secs()))))
}

/// A browser that its service does not know any more: its owner subscribes anew, if he wants to.
async fn forget(app: &App, device: Uuid) {
    if let Err(error) = app.store.end_push_device(device, None).await {
        tracing::warn!(%error, "a browser that is gone is written to once more");
    }
}

/// What an attempt comes to, the `attempt`th of at most `limits.1`, with a first pause of `limits.0`. Pure: moment and chance are given.
fn judge(
    answer: Result<Option<String>, Failure>,
    attempt: i64,
    limits: (i64, i64),
    (now, chance): (i64, u16),
) -> Outcome {
    let short = |fault: String| fault.chars().take(300).collect::<String>();
    match answer {
        Ok(reference) => Outcome::Sent { reference },
        Err(Failure::Later { fault, wait }) if attempt < limits.1 => {
            Outcome::Later { at: now + pace::pause(limits.0, attempt, chance).max(wait), fault: short(fault) }
        }
        Err(Failure::Later { fault, .. } | Failure::Never(fault) | Failure::Gone(fault)) => {
            Outcome::Dead { fault: short(fault) }
        }
    }
}

/// Where a message goes: a person's own address on that channel, a guardian's contact.
fn address(message: &Waiting, known: &Known) -> Option<String> {
    let Some(person) = message.person else { return message.contact.clone() };
    if let Some(device) = message.device {
        let own = known.browsers.get(&person)?.iter().find(|browser| browser.id == device);
        return own.and_then(|browser| browser.address.clone());
    }
    let own = known.ways.get(&person).and_then(|ways| ways.iter().find(|way| way.channel == message.channel));
    let own = own.and_then(|way| way.address.clone());
    if message.channel == "sms" { own.or_else(|| known.phones.get(&person).cloned()) } else { own }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_channel_that_hangs_fills_its_own_places() {
        let places = Places::of(["mail", "sms"].into_iter());
        assert_eq!((places.full().len(), places.room()), (0, MANY));
        let mut mail = Vec::new();
        for _ in 1..MANY {
            mail.push(places.take("mail").await);
        }
        assert_eq!((places.full().len(), places.room()), (0, 1), "no more than any of them has room for");
        mail.push(places.take("mail").await);
        assert_eq!((places.full(), places.room()), (vec!["mail"], MANY), "what goes by SMS goes");
        drop(places.take("fax").await);
        mail.pop();
        // Whoever waits for a place hears of it.
        places.back.notified().await;
        assert_eq!((places.full().len(), places.room()), (0, 1));
    }

    #[test]
    fn a_gateway_that_is_away_for_an_hour_is_outlasted() {
        let pauses = (1..i64::from(ATTEMPTS)).map(|attempt| pace::pause(i64::from(FIRST_PAUSE) * 1_000, attempt, 0));
        assert!(pauses.sum::<i64>() > 60 * 60_000, "with the shortest pauses that chance may give");
    }

    #[test]
    fn an_attempt_is_made_again_at_a_moment_that_chance_alone_moves_and_not_for_ever() {
        let busy = || Err(Failure::later("HTTP 503"));
        let after = |answer, attempt, chance| match judge(answer, attempt, (5_000, 4), (1_000_000, chance)) {
            Outcome::Later { at, .. } => Some(at - 1_000_000),
            _ => None,
        };
        let at = |attempt, chance| after(busy(), attempt, chance);
        // Whoever says when is not asked earlier; nor is he asked earlier than anybody else.
        let asks = |wait| Err(Failure::Later { fault: "HTTP 429".into(), wait });
        assert_eq!((after(asks(60_000), 1, 0), after(asks(1_000), 1, 0)), (Some(60_000), Some(2_500)));
        assert_eq!(after(asks(60_000), 4, 0), None);
        assert_eq!(
            (at(1, 0), at(1, u16::MAX), at(2, 0), at(3, u16::MAX)),
            (Some(2_500), Some(7_500), Some(5_000), Some(30_000))
        );
        assert_eq!(at(1, 12_345), at(1, 12_345), "the same chance, the same moment");
        assert_eq!(at(4, 0), None, "the last attempt");
        let dead = |answer| matches!(judge(answer, 1, (5_000, 4), (0, 0)), Outcome::Dead { .. });
        assert!(dead(Err(Failure::Never("x".repeat(900)))) && !dead(busy()) && !dead(Ok(None)));
    }
}
