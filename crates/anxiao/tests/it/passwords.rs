//! A new password, and what still opens with the old one: nothing.

use axum::http::StatusCode;

use crate::county;
use crate::devices::{Form, Phone, code};
use crate::visitor::Visitor;

/// Whoever knew the old password, and enrolled a telephone with it, is out with it; its rightful holder renews it and loses nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_is_asked_for_on_every_telephone() {
    for county in county::both().await {
        let phone = Phone::enrol(&county, "guard").await;
        let kept = phone.hazard("东门岗亭");
        assert_eq!(phone.open(|_| {}).await.0, StatusCode::OK);
        let office = Visitor::sign_in(&county, "secadmin").await;
        let invited = office.post(&format!("/accounts/{}/invite", phone.account), &[]).await;
        assert_eq!(invited.status, StatusCode::OK);
        assert_eq!(code(&phone.open(|_| {}).await.2), "device.expired", "{}", county.backend());
        assert_eq!(code(&phone.send(&kept).await.1), "device.expired");

        // He chooses a password of his own, renews the telephone with it, and what was kept goes out.
        let text = invited.text();
        let secret = text.split("ax-secret\">").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
        let guard = Visitor::sign_in(&county, "guard").await;
        let (one, two) = ("Better-Horse-10", "Quieter-Horse-11");
        let change = async |from: &str, to: &str| {
            let fields = [("current", from), ("password", to), ("again", to)];
            guard.post("/password", &fields).await.headers["location"].to_str().unwrap().to_owned()
        };
        // What was refused is typed anew: no page shows a password again.
        let short = [("current", secret), ("password", "short"), ("again", "short")];
        let refused = guard.post("/password", &short).await.text();
        assert!(refused.contains("请重新填写各项") && !refused.contains("都还在"), "{refused}");
        assert_eq!(change(secret, one).await, "/");
        let id = phone.device.to_string();
        assert_eq!(guard.post("/account/devices/renew", &[("id", &id)]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(phone.send(&kept).await.0, StatusCode::OK);
        assert_eq!(phone.open(|_| {}).await.0, StatusCode::OK);

        // Who changes it himself, because somebody else may know it, is asked on the telephone too.
        assert_eq!(change(one, two).await, "/");
        assert_eq!(code(&phone.open(|_| {}).await.2), "device.expired", "{}", county.backend());
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{}", county.backend());
    }
}

/// A telephone in the wrong hands signs what it is asked to: not that it counts for longer, nor that another one does.
#[tokio::test(flavor = "multi_thread")]
async fn no_telephone_renews_itself() {
    for county in county::both().await {
        let phone = Phone::enrol(&county, "guard").await;
        let devices = async || {
            let rows = county.app.store.all(&engine::device::DEVICE, &kit::Query::new(), &kit::Scope::county()).await;
            rows.unwrap().into_iter().map(|row| (row.id, row.version)).collect::<Vec<_>>()
        };
        let before = devices().await;
        let own = format!("id={}", phone.device);
        let key = format!("key={}", engine::web::encode(&phone.point()));
        for (path, body) in [("renew", &own), ("share", &own), ("", &key)] {
            let path = format!("/account/devices/{path}").trim_end_matches('/').to_owned();
            let form = Form { path, body: body.clone().into_bytes(), ..phone.hazard("") };
            let (status, told) = phone.send(&form).await;
            assert_eq!(
                (status, code(&told)),
                (StatusCode::UNPROCESSABLE_ENTITY, "device.refused"),
                "{} {told}",
                form.path
            );
        }
        assert_eq!(devices().await, before, "{}", county.backend());
    }
}
