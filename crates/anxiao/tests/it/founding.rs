//! How a county begins: its first administrator, what he may be, and where none may begin.

use sqlx::{Connection, Executor};
use tempfile::TempDir;

use crate::program::{anxiao, done, one, text, township};

#[test]
fn a_new_county_has_one_administrator_and_no_sample_account() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("county");
    let said = done(&anxiao(&data, &["--county", "431124", "init", "--name", "道县"]));
    assert!(said.contains("password"), "{said}");
    let users = done(&anxiao(&data, &["user", "list"]));
    assert_eq!(users.lines().count(), 1, "{users}");
    assert!(done(&anxiao(&data, &["verify"])).contains("the history is whole"));
    let again = anxiao(&data, &["--county", "431124", "init", "--name", "道县"]);
    assert!(!again.status.success() && text(&again).contains("already"));
    // What failed half-way can be tried again, and a database that has its county gets no second one.
    let other = folder.path().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("anxiao.db"), "no database").unwrap();
    assert!(!anxiao(&other, &["--county", "431124", "init", "--name", "道县"]).status.success());
    assert!(!other.join("county.toml").exists());
    std::fs::copy(data.join("anxiao.db"), other.join("anxiao.db")).unwrap();
    assert!(!anxiao(&other, &["--county", "431124", "init", "--name", "道县"]).status.success());
    std::fs::remove_file(other.join("anxiao.db")).unwrap();
    assert!(done(&anxiao(&other, &["--county", "431124", "init", "--name", "道县"])).contains("password"));
    let pretend = anxiao(&data, &["--today", "2021-12-20", "user", "list"]);
    assert!(!pretend.status.success() && text(&pretend).contains("real clock"));
}

/// The terminal's language: Chinese where it is set, and whatever a script was written for where it is not.
#[test]
fn the_command_line_speaks_the_language_of_its_terminal() {
    let folder = TempDir::new().unwrap();
    let run = |locale: &str, args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_anxiao"));
        text(&command.env("LC_ALL", locale).arg("--data").arg(folder.path()).args(args).output().unwrap())
    };
    for (locale, says) in [("zh_CN.UTF-8", "里还没有县"), ("zh_TW.UTF-8", "裏還沒有縣"), ("C", "there is no county in")]
    {
        let told = run(locale, &["verify"]);
        assert!(told.contains(says) && !told.contains("cli."), "{locale} {told}");
    }
    let made = run("zh_CN.UTF-8", &["--county", "431124", "init", "--name", "道县"]);
    assert!(made.contains("一次性密码") && made.contains("431124 道县"), "{made}");
    let whole = run("zh_CN.UTF-8", &["verify"]);
    assert!(whole.contains("历史完整") && !whole.contains("{events}"), "{whole}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_gets_his_person_and_holds_no_other_office() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("county");
    assert!(done(&anxiao(&data, &["--county", "431124", "init", "--name", "道县"])).contains("user person admin"));
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let units = file("units.csv", "单位代码,单位名称,单位类别\n431124,道县,county\n");
    let staff = file("staff.csv", "工号,姓名,性别,所在单位\nA1,王一,男,431124\nA2,李二,女,431124\n");
    done(&anxiao(&data, &["import", "units", &units]));
    done(&anxiao(&data, &["import", "staff", &staff]));
    assert!(text(&anxiao(&data, &["doctor"])).contains("admin has no person"));
    assert!(!anxiao(&data, &["user", "person", "admin", "A9"]).status.success());
    let last = anxiao(&data, &["user", "disable", "admin"]);
    assert!(
        !last.status.success()
            && one(&data, "select cast(count(*) as text) from account where disabled_on is null").await == "1",
        "{}",
        text(&last)
    );
    done(&anxiao(&data, &["user", "person", "admin", "A1"]));
    assert!(done(&anxiao(&data, &["user", "list"])).contains("王一"));
    let bound =
        "select cast(count(*) as text) from account join staff on staff.id = account.administers where number = 'A1'";
    assert_eq!(one(&data, bound).await, "1", "the unique column binds him");
    // A way back for whoever shut himself out: nobody is left who could open it.
    assert!(text(&anxiao(&data, &["user", "enable", "admin"])).contains("not disabled"));
    let mut db =
        sqlx::SqliteConnection::connect(&format!("sqlite://{}", data.join("anxiao.db").display())).await.unwrap();
    db.execute("update account set disabled_on = '2020-01-01'").await.unwrap();
    db.close().await.unwrap();
    let closed = anxiao(&data, &["user", "password", "admin"]);
    assert!(!closed.status.success() && text(&closed).contains("user enable admin"), "{}", text(&closed));
    done(&anxiao(&data, &["user", "enable", "admin"]));
    done(&anxiao(&data, &["user", "password", "admin"]));
    let again = anxiao(&data, &["user", "person", "admin", "A2"]);
    assert!(!again.status.success() && text(&again).contains("already"), "{}", text(&again));
    assert!(text(&anxiao(&data, &["doctor"])).contains("each has his person"));
    assert!(done(&anxiao(&data, &["verify"])).contains("the history is whole"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_county_is_made_whole_and_never_over_another() {
    let (first, second) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let init = |data: &TempDir, url: &str, admin: &str| {
        let args = ["--county", "431124", "--database-url", url, "init", "--name", "道县", "--admin", admin];
        anxiao(data.path(), &args)
    };
    // Nobody answers there: nothing was made, and nothing is in the way of the next try.
    assert!(!init(&first, "postgres://nobody@127.0.0.1:1/x", "admin").status.success());
    assert!(!first.path().join("county.toml").exists());
    let url = crate::county::empty_database().await;
    done(&init(&first, &url, "admin"));
    let sample = anxiao(second.path(), &["--database-url", &url, "demo", "--township", "--create-only"]);
    for output in [init(&second, &url, "other"), sample] {
        assert!(!output.status.success() && text(&output).contains("county_431124"), "{}", text(&output));
        assert_eq!(std::fs::read_dir(second.path()).unwrap().count(), 0, "nothing of a second county is left");
    }
    let users = done(&anxiao(first.path(), &["--database-url", &url, "user", "list"]));
    assert!(users.starts_with("admin ") && users.lines().count() == 1, "{users}");
    std::fs::copy(township().path().join("anxiao.db"), second.path().join("anxiao.db")).unwrap();
    let over = anxiao(second.path(), &["--county", "431124", "init", "--name", "道县"]);
    assert!(!over.status.success() && text(&over).contains("without a county.toml"), "{}", text(&over));
}

/// What nobody can be asked for yet, the machine does: whoever sits at it closes an account and opens it again, and the last of an office stays.
#[test]
fn the_server_closes_an_account_and_opens_it_again() {
    let folder = township();
    let user = |what: &str, login: &str| anxiao(folder.path(), &["user", what, login]);
    done(&user("disable", "guard"));
    assert!(text(&user("disable", "guard")).contains("disabled already"));
    assert!(!user("password", "guard").status.success());
    done(&user("enable", "guard"));
    assert!(text(&user("enable", "guard")).contains("not disabled"));
    assert!(!user("disable", "secadmin").status.success(), "the last of its office");
    assert!(!user("disable", "nobody").status.success());
    assert!(done(&anxiao(folder.path(), &["verify"])).contains("the history is whole"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_no_right_but_to_the_schema_of_its_county_serves_it() {
    let (folder, url) = (TempDir::new().unwrap(), crate::county::empty_database().await);
    let mut db = sqlx::PgConnection::connect(&url).await.unwrap();
    db.execute("create role keeper login").await.unwrap();
    let keeper = url.replacen("//anxiao@", "//keeper@", 1);
    let init = || anxiao(folder.path(), &["--database-url", &keeper, "--county", "431124", "init", "--name", "道县"]);
    let said = text(&init());
    // Said once, however many layers pass it on.
    assert_eq!(said.matches("permission denied").count(), 1, "{said}");
    db.execute("create schema county_431124 authorization keeper").await.unwrap();
    done(&init());
    assert!(done(&anxiao(folder.path(), &["--database-url", &keeper, "verify"])).contains("the history is whole"));
}
