//! One move after the other, and one for several records at once.

use axum::http::StatusCode;

use super::{Browser, house};

#[tokio::test]
async fn moves_one_by_one_and_several_at_once() {
    let house = house().await;
    let browser = Browser::sign_in(&house, "bureau").await;
    let (first, second) = (browser.make("一").await, browser.make("二").await);
    let refused = browser.post(&format!("{first}/send"), &[("version", "1"), ("note", "")]).await;
    assert!(
        refused.status == StatusCode::UNPROCESSABLE_ENTITY
            && refused.body.contains("id=\"move-send\" open")
            && refused.body.contains("send-f-note-error")
    );
    assert_eq!(browser.post(&format!("{first}/send"), &[("version", "1"), ("note", "好")]).await.location(), first);
    let ids: Vec<_> = [&first, &second].iter().map(|address| address.rsplit('/').next().unwrap()).collect();
    let listed = browser.get(&format!("/parcels/bulk?id={}&id={}", ids[0], ids[1])).await.body;
    assert!(listed.contains("一") && listed.contains("二") && listed.contains("选中的 2 条"), "{listed}");
    assert!(listed.contains("id=\"move-send\"") && !listed.contains("ax-history"), "one of them can be sent; {listed}");
    let done = browser.post("/parcels/bulk/send", &[("id", ids[0]), ("id", ids[1]), ("note", "齐")]).await;
    assert!(done.status == StatusCode::OK && done.body.contains("已办理 1 条，未办理 1 条"), "{}", done.body);
    let over = browser.get(&format!("/parcels/bulk?id={}&id={}", ids[0], ids[1])).await.body;
    assert!(over.contains("没有可以一起办理的事项") && !over.contains("move-send"), "{over}");
    assert_eq!(browser.post(&format!("{first}/fly"), &[]).await.status, StatusCode::NOT_FOUND);
}
