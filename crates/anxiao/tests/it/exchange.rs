//! Workbooks out and in again, for every record type, as every role, on both databases.

use engine::io::{self, Format};
use engine::save::Refused;
use kit::Lang;

use crate::county;

const LOGINS: &[&str] = &["bureau", "principal", "school"];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_can_be_imported_and_changes_nothing() {
    for county in county::both().await {
        let mut tried = 0;
        for login in LOGINS {
            for format in [Format::Xlsx, Format::Csv] {
                let cx = county.cx(login).await;
                for kind in county
                    .app
                    .kinds()
                    .filter(|kind| cx.may(kind.noun.name, "import") && cx.may(kind.noun.name, "export"))
                {
                    let name = format!("{}.{}", kind.noun.plural, format.ending());
                    let bytes = io::export(&cx, kind, &[], format)
                        .await
                        .unwrap_or_else(|refused| panic!("{login} exports {name}: {refused:?}"));
                    let held = county.app.store.count(kind.noun, &kit::Query::new(), cx.scope()).await.unwrap();
                    let plan = io::read_and_plan(&cx, kind, &name, bytes, &io::quiet).await;
                    // Headings with nothing under them are no list.
                    if held == 0 {
                        assert!(plan.is_err(), "{login} reads {name}");
                        continue;
                    }
                    let plan = plan.unwrap_or_else(|_| panic!("{login} reads {name}"));
                    let faults: Vec<_> = plan
                        .faults
                        .iter()
                        .map(|fault| (fault.row, io::message(&county.app, Lang::En, kind, fault)))
                        .collect();
                    assert!(faults.is_empty(), "{} {login} {name}: {faults:?}", county.backend());
                    assert_eq!((plan.new, plan.changed), (0, 0), "{} {login} {name}", county.backend());
                    tried += 1;
                }
            }
        }
        assert!(tried > 40, "{tried}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_template_is_understood_by_the_import() {
    let county = county::sqlite().await;
    let cx = county.cx("bureau").await;
    for kind in county.app.kinds().filter(|kind| cx.may(kind.noun.name, "import")) {
        for lang in Lang::ALL {
            let bytes = io::template_bytes(&county.app, kind, *lang).unwrap();
            let read = io::read_and_plan(&cx, kind, "template.xlsx", bytes, &io::quiet).await;
            // Its headings are known; that there is nothing under them yet is said, and nothing else is wrong.
            let told = match read.map_err(engine::io::Stopped::refused) {
                Err(Refused::Faults(faults)) => faults.iter().map(|fault| fault.code).collect::<Vec<_>>(),
                other => panic!("{} {lang:?}: {:?}", kind.noun.name, other.is_ok()),
            };
            assert_eq!(told, ["sheet.empty"], "{} {lang:?}", kind.noun.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_school_cannot_import_into_another_school() {
    for county in county::both().await {
        let bureau = county.cx("bureau").await;
        let kind = county.app.kind("staff").unwrap();
        let bytes = io::export(&bureau, kind, &[], Format::Xlsx).await.unwrap();
        let school = county.cx("school").await;
        let plan = io::read_and_plan(&school, kind, "staff.xlsx", bytes, &io::quiet)
            .await
            .unwrap_or_else(|_| panic!("unreadable"));
        assert!(!plan.faults.is_empty());
        assert_eq!(plan.changed, 0);
    }
}
