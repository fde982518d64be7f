//! 升级: a school year begins once.

use areas::organisation::record::{CLASS, CLASS_YEAR};
use areas::organisation::rollover::{Rolled, run};
use engine::save::Refused;
use kit::{Cell, Query, Scope};

use crate::county;

#[tokio::test(flavor = "multi_thread")]
async fn a_year_begins_once_for_every_class() {
    for county in county::both().await {
        let store = &county.app.store;
        assert!(matches!(run(&county.cx("teacher").await, 2022).await, Err(Refused::Forbidden)));
        assert!(matches!(run(&county.cx("bureau").await, 2031).await, Err(Refused::Faults(_))));
        let open = store.count(&CLASS, &Query::new().is("ended_on", Cell::Null), &Scope::county()).await.unwrap();

        // A school may begin its own year; the bureau's run then does the others.
        let own = run(&county.cx("principal").await, 2022).await.unwrap();
        let others = run(&county.cx("bureau").await, 2022).await.unwrap();
        assert!(own.begun > 0 && others.begun > own.begun && others.ended > 0, "{own:?} {others:?}");
        assert_eq!(
            i64::try_from(own.begun + own.ended + others.begun + others.ended).unwrap(),
            open,
            "{}",
            county.backend()
        );
        assert_eq!(
            run(&county.cx("bureau").await, 2022).await.unwrap(),
            Rolled::default(),
            "a second run changes nothing"
        );

        let begun =
            store.count(&CLASS_YEAR, &Query::new().is("year", Cell::Int(2022)), &Scope::county()).await.unwrap();
        assert_eq!(usize::try_from(begun).unwrap(), own.begun + others.begun);
        assert!(county.flaws().await.is_empty());
    }
}
