//! The answer to a commit gets lost on its way from the server: nobody is told that nothing was saved when it was.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use store::Target;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};

use crate::county::{self, County};
use crate::tips::{EDGE, PICTURE, Stranger, code_of, count, hidden, tip, wall, with_photo};

/// What gets lost on the way, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    /// The next commit itself: the server never hears of it.
    Commit,
    /// The answer to it.
    Answer,
    /// The answer, and whatever is asked after it.
    Everything,
}

/// A road to PostgreSQL on which something gets lost when told to.
#[derive(Clone, Default)]
struct Road {
    loses: Arc<Mutex<Option<Loss>>>,
    closed: Arc<Mutex<bool>>,
}

impl Road {
    /// A road to a server's socket, and the address of its near end.
    async fn to(url: &str) -> (Self, String) {
        let (user, rest) = url.split_once('@').unwrap();
        let (folder, database) = rest.rsplit_once('/').unwrap();
        let socket = format!("{}/.s.PGSQL.5432", folder.replace("%2F", "/"));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("{user}@{}/{database}?sslmode=disable", listener.local_addr().unwrap());
        let road = Self::default();
        let all = road.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if !*all.closed.lock().unwrap() {
                    tokio::spawn(all.clone().carry(near, UnixStream::connect(&socket).await.unwrap()));
                }
            }
        });
        (road, address)
    }

    fn lose(&self, what: Loss) {
        *self.loses.lock().unwrap() = Some(what);
    }

    async fn carry(self, mut near: TcpStream, mut far: UnixStream) {
        let (mut asked, mut said) = (vec![0; 1 << 16], vec![0; 1 << 16]);
        let mut losing = None;
        loop {
            tokio::select! {
                read = near.read(&mut asked) => {
                    let Ok(length @ 1..) = read else { return };
                    if asked[..length].windows(6).any(|word| word == b"COMMIT") {
                        losing = self.loses.lock().unwrap().take();
                    }
                    let shut = *self.closed.lock().unwrap();
                    if shut || losing == Some(Loss::Commit) || far.write_all(&asked[..length]).await.is_err() {
                        return;
                    }
                }
                read = far.read(&mut said) => {
                    let Ok(length @ 1..) = read else { return };
                    if losing.is_some() {
                        *self.closed.lock().unwrap() = losing == Some(Loss::Everything);
                        return;
                    }
                    if near.write_all(&said[..length]).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

/// A county whose PostgreSQL is at the end of such a road.
async fn far_away() -> (County, Road) {
    let county = county::postgres().await;
    let Target::Postgres { url, .. } = &county.target else { unreachable!() };
    let (road, url) = Road::to(url).await;
    (county.reached_by(url).await, road)
}

async fn report(county: &County, token: &str, place: &str) -> (StatusCode, Value) {
    let hazard = json!({ "place_kind": "school", "place": place, "description": "窗扇松动", "category": "building",
        "source": "self_check", "found_on": "2021-12-20" });
    county.post(token, "/api/v1/hazards", hazard).await
}

async fn hazards(county: &County, token: &str) -> i64 {
    let (status, list) = county.get(token, "/api/v1/hazards?limit=1").await;
    assert_eq!(status, StatusCode::OK, "{list}");
    list["total"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_saved_is_called_saved_and_what_nobody_knows_is_called_so() {
    let (county, road) = far_away().await;
    let token = county.token("teacher").await;
    let before = hazards(&county, &token).await;

    // The answer is lost and the server is there: it was saved once, and so it is told.
    road.lose(Loss::Answer);
    let (status, made) = report(&county, &token, "A101").await;
    assert_eq!((status, *road.loses.lock().unwrap()), (StatusCode::CREATED, None), "{made}");
    assert_eq!(hazards(&county, &token).await, before + 1);
    let (_, one) = county.get(&token, &format!("/api/v1/hazards/{}", made["id"].as_str().unwrap())).await;
    assert_eq!(one["place"], json!("A101"));

    // The server has never heard of it: nothing was saved, and so it is told.
    road.lose(Loss::Commit);
    let (status, told) = report(&county, &token, "A102").await;
    assert_eq!((status, &told["error"]["code"]), (StatusCode::INTERNAL_SERVER_ERROR, &json!("server.broken")));
    assert_eq!(hazards(&county, &token).await, before + 1);

    // Nobody can be asked: it may have been done, is what it says.
    road.lose(Loss::Everything);
    let (status, told) = report(&county, &token, "A103").await;
    assert_eq!((status, &told["error"]["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("server.busy")), "{told}");
    *road.closed.lock().unwrap() = false;
    assert_eq!(hazards(&county, &token).await, before + 2);

    // Who comes after all that is served as ever.
    assert_eq!(report(&county, &token, "A104").await.0, StatusCode::CREATED);
    assert_eq!(county.flaws().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_who_reports_something_is_told_no_more_than_is_known() {
    let (county, road) = far_away().await;
    let stranger = Stranger::new(&county);
    let path = format!("/t/{}", code_of(&wall(&county, "in_use").await));
    let mut there = count(&county).await;
    for (loss, expected, says, saved) in [
        (Loss::Answer, StatusCode::SEE_OTHER, "", 1),
        (Loss::Commit, StatusCode::INTERNAL_SERVER_ERROR, "没有保存任何内容", 0),
        (Loss::Everything, StatusCode::SERVICE_UNAVAILABLE, "可能已经收到", 1),
    ] {
        let (_, page) = stranger.get(&path).await;
        let (id, token) = (hidden(&page, "id"), hidden(&page, "token"));
        let words = format!("楼梯扶手松动 {loss:?}");
        let typed = [("spot", "corridor"), ("words", words.as_str()), ("different", "1")];
        let fields = [&[("id", id.as_str()), ("token", &token)][..], &typed].concat();
        road.lose(loss);
        let (status, _, page) = stranger.post(&path, &fields).await;
        assert!(status == expected && page.contains(says), "{loss:?}: {status} {page}");
        *road.closed.lock().unwrap() = false;
        assert_eq!(count(&county).await, there + saved, "{loss:?}");
        // Sent again it is there, once.
        let (status, _, page) = stranger.post(&path, &fields).await;
        there += 1;
        assert_eq!((status, count(&county).await), (StatusCode::SEE_OTHER, there), "{loss:?} {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photograph_that_waits_for_its_tip_waits_on_where_nothing_was_saved() {
    let (county, road) = far_away().await;
    let stranger = Stranger::new(&county);
    let path = format!("/t/{}", code_of(&wall(&county, "in_use").await));
    let (_, page) = stranger.get(&path).await;
    let (id, token) = (hidden(&page, "id"), hidden(&page, "token"));
    let form = |words| {
        [("id", id.as_str()), ("token", token.as_str()), ("spot", "gate"), ("words", words), ("different", "1")]
    };
    // The words are missing: the photograph is kept, and the form says so.
    let request = Request::post(&path).header("content-type", format!("multipart/form-data; boundary={EDGE}"));
    let (status, _, page) = stranger.ask(request, Body::from(with_photo(&form(""), "gate.png", PICTURE))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
    road.lose(Loss::Commit);
    let (status, _, page) = stranger.post(&path, &form("校门口地砖翘起")).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{page}");
    let (status, _, page) = stranger.post(&path, &form("校门口地砖翘起")).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    let sent = tip(&county, "校门口地砖翘起").await;
    assert_eq!(engine::files::of(&county.app.store, &areas::tips::record::TIP, sent.id).await.unwrap().len(), 1);
}
