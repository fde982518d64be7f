//! Gateways that take their time: one that says nothing holds up nobody else's messages, and a stop notes down what one was about to take.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use engine::messages::worker;
use kit::Message;

use super::gateways::{Gateway, Post};
use super::{ALWAYS, messages, say, settings, staff, text, way};
use crate::county;

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_says_nothing_holds_up_no_text_message() {
    for county in county::both().await {
        let (gateway, silent) = (Gateway::start(0).await, TcpListener::bind("127.0.0.1:0").unwrap());
        let mut settings = settings(&county, &gateway, &Post::start());
        settings.mail.as_mut().unwrap().port = Some(silent.local_addr().unwrap().port());
        let county = county.with_gateways(settings).await;
        let persons = staff(&county, 2).await;
        county
            .app
            .store
            .set_ways(persons[0], &[way("mail", Some("a@example.cn")), way("sms", None)], &ALWAYS)
            .await
            .unwrap();
        county.raw("update message_way set used = false where channel = 'sms'").await;
        say(&county, |change| {
            let mails =
                (0..200).map(|at| Message::person(persons[0], "hazard.sent_back").because(format!("hangs/{at}")));
            mails.fold(change, kit::Change::send)
        })
        .await;
        tokio::spawn(worker::run(county.app.clone(), areas::house::PHONES));
        let on_its_way = "update message set version = version where channel = 'mail' and claimed_until > 0";
        let all = async {
            while county.raw(on_its_way).await < 128 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), all).await.unwrap();
        say(&county, |change| change.send(Message::person(persons[1], "hazard.sent_back").urgent())).await;
        let sent = async {
            while gateway.taken().is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let came = tokio::time::timeout(Duration::from_secs(20), sent).await;
        assert!(came.is_ok(), "{}: the text message waits for the mail server", county.backend());
        assert_eq!(county.raw(on_its_way).await, 128, "no more of them than there is room for");
    }
}

/// A gateway that takes a message and answers half a second later; says when it has one.
fn slow() -> (String, std::sync::mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (took, taken) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut bytes = [0; 8192];
            let _ = stream.read(&mut bytes);
            let _ = took.send(());
            // The rest of it, until nothing comes any more.
            let _ = stream.set_read_timeout(Some(Duration::from_millis(500)));
            while stream.read(&mut bytes).is_ok_and(|length| length > 0) {}
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
        }
    });
    (url, taken)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_its_way_when_the_program_stops_is_noted_down() {
    for county in county::both().await {
        let (gateway, (url, taken)) = (Gateway::start(0).await, slow());
        let mut settings = settings(&county, &gateway, &Post::start());
        settings.sms.as_mut().unwrap().url = url;
        let county = county.with_gateways(settings).await;
        let person = staff(&county, 1).await[0];
        let since = say(&county, |change| change.send(Message::person(person, "hazard.sent_back").urgent())).await;
        let carrier = tokio::spawn(worker::run(county.app.clone(), areas::house::PHONES));
        tokio::task::spawn_blocking(move || taken.recv_timeout(Duration::from_secs(20))).await.unwrap().unwrap();
        county.app.ending.send_replace(true);
        tokio::time::timeout(Duration::from_secs(20), carrier).await.unwrap().unwrap();
        let rows = messages(&county, since).await;
        assert!(rows.iter().all(|row| text(row, "state") == "sent"), "{}: {rows:#?}", county.backend());
    }
}
