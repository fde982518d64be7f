//! The program itself, as someone at a terminal meets it.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use sqlx::{Connection, Executor};
use tempfile::TempDir;

pub(crate) fn anxiao(data: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_anxiao")).arg("--data").arg(data).args(args).output().unwrap()
}

pub(crate) fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

pub(crate) fn done(output: &Output) -> String {
    let text = text(output);
    assert!(output.status.success(), "{text}");
    text
}

/// A township that the program made: once, and a copy for each who asks.
pub(crate) fn township() -> TempDir {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let said = done(&anxiao(folder.path(), &["demo", "--township", "--create-only"]));
        assert!(said.contains("bureau") && said.contains("auditor"), "{said}");
        folder
    });
    let folder = TempDir::new().unwrap();
    // With its modes: the program refuses keys that others may read.
    assert!(Command::new("cp").arg("-a").arg(made.path().join(".")).arg(folder.path()).status().unwrap().success());
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_byte_of_the_history_is_found_and_named() {
    let folder = township();
    assert!(done(&anxiao(folder.path(), &["verify"])).contains("the history is whole"));
    let url = format!("sqlite://{}", folder.path().join("anxiao.db").display());
    let mut db = sqlx::SqliteConnection::connect(&url).await.unwrap();
    db.execute("update event set payload = replace(payload, '1', '2') where seq = 1234").await.unwrap();
    db.close().await.unwrap();
    let output = anxiao(folder.path(), &["verify"]);
    assert!(!output.status.success());
    assert!(text(&output).contains("event 1234"), "{}", text(&output));
}

/// A folder that was there may be open to everybody on the machine; what is written into it is not.
#[test]
fn what_is_written_is_nobody_elses() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("county");
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, PermissionsExt::from_mode(0o755)).unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (accounts, faults, roster) = (path("accounts.json"), path("faults.xlsx"), path("pupils.csv"));
    done(&anxiao(&data, &["demo", "--township", "--create-only", "--accounts", &accounts]));
    // Passwords are known once: asked for again, they are not, and it is said before anything is served.
    let again = |file: &str| anxiao(&data, &["demo", "--create-only", "--accounts", file]);
    let (kept, other) = (std::fs::read(&accounts).unwrap(), path("other.json"));
    assert!(done(&again(&accounts)).contains("accounts.json was not written anew"));
    assert_eq!(std::fs::read(&accounts).unwrap(), kept);
    let refused = again(&other);
    assert!(!refused.status.success() && text(&refused).contains("is there already"), "{}", text(&refused));
    assert!(!Path::new(&other).exists());
    std::fs::write(&roster, "姓名,身份证件号\n张三,431124201001019999\n").unwrap();
    let refused = anxiao(&data, &["import", "pupils", &roster, "--errors", &faults]);
    assert!(!refused.status.success(), "{}", text(&refused));
    for file in [data.join("anxiao.db"), accounts.into(), faults.into()] {
        let mode = std::fs::metadata(&file).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode & 0o137, 0, "{} {mode:04o}", file.display());
    }
}

#[test]
fn an_old_copy_put_back_is_found() {
    let folder = township();
    let old = folder.path().join("old.db");
    // The last program to close the database has emptied its log into the file: the file alone is a whole copy.
    done(&anxiao(folder.path(), &["verify"]));
    std::fs::copy(folder.path().join("anxiao.db"), &old).unwrap();
    done(&anxiao(folder.path(), &["roll-over", "--year", "2022"]));
    done(&anxiao(folder.path(), &["verify"]));
    std::fs::remove_file(folder.path().join("anxiao.db-wal")).ok();
    std::fs::remove_file(folder.path().join("anxiao.db-shm")).ok();
    std::fs::copy(&old, folder.path().join("anxiao.db")).unwrap();
    let output = anxiao(folder.path(), &["verify"]);
    assert!(!output.status.success(), "{}", text(&output));
}

#[test]
fn what_could_be_reached_from_outside_is_refused() {
    let folder = township();
    for args in [
        vec!["--listen", "0.0.0.0:0", "demo"],
        vec!["--listen", "0.0.0.0:0", "serve"],
        vec!["--listen", "0.0.0.0:0", "--trusted-proxy", "serve"],
    ] {
        let output = anxiao(folder.path(), &args);
        assert!(
            !output.status.success() && (text(&output).contains("loopback") || text(&output).contains("outside")),
            "{}",
            text(&output)
        );
    }
}

#[test]
fn wrong_commands_say_what_to_do() {
    let folder = TempDir::new().unwrap();
    let nothing = folder.path().join("nothing");
    for (args, says) in [
        (vec!["serve"], "anxiao init"),
        (vec!["--county", "43", "init", "--name", "x"], "six digits"),
        (vec!["--county", "431124", "init", "--name", "x", "--admin", "Admin"], "no login"),
        (vec!["--county", "431124", "init", "--name", "x", "--admin", ""], "no login"),
        (vec!["--county", "431124", "init", "--name", " "], "which name"),
        (vec!["report", "year", "--year", "99999"], "2000..=2999"),
        (vec!["verify"], "there is no county"),
    ] {
        let output = anxiao(&nothing, &args);
        assert!(!output.status.success() && text(&output).contains(says), "{args:?}: {}", text(&output));
    }
    let folder = township();
    for (args, says) in [
        (vec!["import", "dragons", "x.csv"], "nothing is called"),
        (vec!["import", "pupils", "/nowhere.xlsx"], "/nowhere.xlsx"),
        (vec!["token", "nobody"], "no account is called nobody"),
        (vec!["export", "schools", "/nowhere/schools.csv"], "/nowhere"),
        (vec!["export", "schools", "schools.pdf"], "must end in .xlsx or .csv"),
        (vec!["template", "schools", "schools.csv"], "must end in .xlsx"),
        (vec!["import", "schools", "schools.csv", "--errors", "faults.csv"], "must end in .xlsx"),
        (vec!["report", "year", "--year", "2999"], "这一年还没有开始"),
        (vec!["report", "year", "--year", "2021", "--cutoff", "2020-12-31"], "截止日期应在2021-01-01至"),
        (vec!["report", "year", "--year", "2021", "--cutoff", "31.12.2021"], "--cutoff <DATE>"),
    ] {
        let output = anxiao(folder.path(), &args);
        assert!(!output.status.success() && text(&output).contains(says), "{args:?}: {}", text(&output));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_program_on_the_same_address_ends_before_it_does_anything() {
    let folder = township();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let events = one(folder.path(), "select cast(count(*) as text) from event").await;
    let messages = one(folder.path(), "select cast(count(*) as text) from message").await;
    let output = anxiao(folder.path(), &["--listen", &address, "serve"]);
    assert!(!output.status.success() && text(&output).contains(&address), "{}", text(&output));
    assert_eq!(one(folder.path(), "select cast(count(*) as text) from event").await, events);
    assert_eq!(one(folder.path(), "select cast(count(*) as text) from message").await, messages, "no morning was told");
}

#[test]
fn a_setting_that_nobody_knows_is_refused_and_none_comes_from_above() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("inner/data");
    done(&anxiao(&data, &["--county", "431124", "init", "--name", "道县"]));
    let listed = |settings: &str| {
        std::fs::write(data.join("anxiao.toml"), settings).unwrap();
        anxiao(&data, &["user", "list"])
    };
    for (settings, says) in [
        ("database-url = \"postgres://x\"\n", "\"database-url\"; there is: database_url"),
        ("listn = \"127.0.0.1:1\"\n", "listen"),
        ("listen = 5\n", "socket address"),
        ("listen =\n", "anxiao.toml"),
        ("[messages]\nsmss = 1\n", "smss"),
    ] {
        let output = listed(settings);
        assert!(!output.status.success() && text(&output).contains(says), "{settings}: {}", text(&output));
    }
    done(&listed("county = 431124\nlog = \"warn\"\n"));
    std::fs::remove_file(data.join("anxiao.toml")).unwrap();
    // A folder above has settings of the same relative name.
    let above = folder.path().join("data");
    std::fs::create_dir(&above).unwrap();
    std::fs::write(above.join("anxiao.toml"), "nonsense = true\n").unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_anxiao"));
    program.current_dir(folder.path().join("inner")).args(["--data", "data", "user", "list"]);
    done(&program.output().unwrap());
}

/// A served county that is stopped when the test ends, however it ends.
pub(crate) struct Served {
    pub process: Child,
    pub url: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn serve(data: &Path) -> Served {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    // A file that may not grow is an error to the program, as it is on a full disk, and not its end.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_anxiao"), "--data"]).arg(data);
    command.args(["--listen", &address, "serve"]).stdout(Stdio::null()).stderr(Stdio::null());
    let served = Served { process: command.spawn().unwrap(), url: address };
    for _ in 0..200 {
        if curl(&served.url, "GET", "/readyz", None, None).is_some_and(|(status, _)| status == 200) {
            return served;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the county is not served");
}

/// One request over a plain socket: status and body.
pub(crate) fn curl(
    address: &str,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> Option<(u16, String)> {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).ok()?;
    let body = body.map(ToString::to_string).unwrap_or_default();
    let bearer = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{bearer}\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    Some((status, answer.split("\r\n\r\n").nth(1).unwrap_or_default().to_owned()))
}

#[test]
fn a_machine_can_watch_what_waits_and_nobody_makes_measures_without_end() {
    let folder = township();
    done(&anxiao(folder.path(), &["backup", folder.path().join("saved.anxiao").to_str().unwrap()]));
    let served = serve(folder.path());
    for method in ["BREW", "STEEP", "GET"] {
        curl(&served.url, method, "/login", None, None).unwrap();
    }
    let measures = || curl(&served.url, "GET", "/metrics", None, None).unwrap().1;
    let wanted = [
        "anxiao_messages{state=\"queued\"} ",
        "anxiao_messages{state=\"dead\"} ",
        "anxiao_history_events ",
        "anxiao_backup_timestamp_seconds ",
    ];
    // Looked at with the start, a moment after it answers.
    let there = || wanted.iter().all(|measure| measures().contains(measure));
    assert!(
        (0..200).any(|_| there() || {
            std::thread::sleep(Duration::from_millis(50));
            false
        }),
        "{}",
        measures()
    );
    let measures = measures();
    assert!(measures.contains("method=\"other\"") && !measures.contains("BREW"), "{measures}");
}

/// The first value that a question answers.
pub(crate) async fn one(data: &Path, question: &str) -> String {
    let url = format!("sqlite://{}", data.join("anxiao.db").display());
    let mut db = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let value = sqlx::query_scalar(sqlx::AssertSqlSafe(question.to_owned())).fetch_one(&mut db).await.unwrap();
    db.close().await.unwrap();
    value
}

#[test]
fn whoever_reads_only_the_beginning_makes_no_panic() {
    let folder = township();
    let mut command = Command::new(env!("CARGO_BIN_EXE_anxiao"));
    command.arg("--data").arg(folder.path()).arg("openapi").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_records_are_exported_and_come_back_unchanged() {
    let folder = township();
    let file = folder.path().join("schools.csv");
    done(&anxiao(folder.path(), &["export", "schools", file.to_str().unwrap()]));
    let held = one(folder.path(), "select cast(count(*) as text) from school").await;
    let campuses = one(folder.path(), "select cast(count(*) as text) from school where campus").await;
    assert_ne!(campuses, "0");
    let lines = std::fs::read_to_string(&file).unwrap().lines().count() - 1;
    assert_eq!(lines.to_string(), held, "with the {campuses} teaching points");
    let said = done(&anxiao(folder.path(), &["import", "schools", file.to_str().unwrap()]));
    assert!(said.contains(&format!("0 new, 0 changed, {held} unchanged")), "{said}");
}

#[test]
fn a_dry_run_lists_what_would_be_done_and_does_nothing() {
    let folder = township();
    let file = folder.path().join("guardians.csv");
    let path = file.to_str().unwrap();
    done(&anxiao(folder.path(), &["export", "guardians", path]));
    let good = std::fs::read_to_string(&file).unwrap();
    let at = good.lines().next().unwrap().split(',').position(|heading| heading == "联系电话").unwrap();
    let changed = |(number, line): (usize, &str)| {
        let mut cells: Vec<_> = line.split(',').collect();
        // Of the first thirty records the telephone.
        if (1..=30).contains(&number) {
            cells[at] = "13900001111";
        }
        cells.join(",") + "\n"
    };
    std::fs::write(&file, good.lines().enumerate().map(changed).collect::<String>()).unwrap();
    for _ in 0..2 {
        let said = done(&anxiao(folder.path(), &["import", "guardians", path, "--dry-run"]));
        let lines: Vec<_> = said.lines().filter(|line| line.starts_with("~ row ")).collect();
        assert_eq!(lines.len(), 20, "{said}");
        assert!(lines[0].starts_with("~ row      2  ") && lines[0].ends_with(" → 139****1111"), "{said}");
        assert!(said.contains("… and 10 more") && said.contains("0 new, 30 changed"), "{said}");
        assert!(said.contains("nothing was written") && !said.contains("13900001111"), "{said}");
    }
    let pupils = folder.path().join("pupils.csv");
    let path = pupils.to_str().unwrap();
    done(&anxiao(folder.path(), &["export", "pupils", path]));
    let rows = std::fs::read_to_string(&pupils).unwrap();
    std::fs::write(&pupils, rows.trim_end().rsplit_once("\r\n").unwrap().0).unwrap();
    let said = done(&anxiao(folder.path(), &["import", "pupils", path, "--dry-run"]));
    assert!(said.lines().any(|line| line.starts_with("- not in the file: ") && line.contains('*')), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_database_finds_out_names_its_row_too() {
    let folder = township();
    let own = "(select s.school from staff s join account a on a.staff = s.id where a.login = 'school')";
    let school = one(folder.path(), &format!("select local_code from school where id = {own}")).await;
    let taken = one(folder.path(), &format!("select number from staff where school <> {own} limit 1")).await;
    let (file, faults) = (folder.path().join("staff.csv"), folder.path().join("faults.xlsx"));
    std::fs::write(&file, format!("工号,姓名,性别,所在学校,绰号\n{taken},甲,男,{school},乙\n")).unwrap();
    let args = ["import", "staff", file.to_str().unwrap(), "--as", "school", "--errors", faults.to_str().unwrap()];
    let output = anxiao(folder.path(), &args);
    let said = text(&output);
    assert!(!output.status.success() && said.contains("row      2") && said.contains("1 faults in 1 rows"), "{said}");
    assert!(said.contains("NOT READ") && said.contains("绰号"), "{said}");
    assert!(faults.is_file());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workbook_of_faults_goes_back_into_its_file_or_says_that_it_is_not_all() {
    let folder = township();
    let school =
        one(folder.path(), "select local_code from school where not campus and closed_on is null limit 1").await;
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (staff, faults, fixed) = (path("staff.csv"), path("faults.xlsx"), path("fixed.csv"));
    std::fs::write(&staff, format!("工号,姓名,性别,所在学校\nX1,甲,男,{school}\nX2,乙,公,{school}\n")).unwrap();
    let args = ["import", "staff", &staff, "--errors", &faults];
    assert!(text(&anxiao(folder.path(), &args)).contains("1 faults in 1 rows"));
    let still = anxiao(folder.path(), &["import", "staff", &staff, "--corrected", &faults]);
    assert!(!still.status.success() && text(&still).contains("row      3"), "{}", text(&still));
    std::fs::write(&fixed, format!("原行号,工号,姓名,性别,所在学校\n3,X2,乙,男,{school}\n")).unwrap();
    let alone = done(&anxiao(folder.path(), &["import", "staff", &fixed, "--dry-run"]));
    assert!(alone.contains("1 new") && alone.contains("ONLY THE FAULTY ROWS"), "{alone}");
    let whole = done(&anxiao(folder.path(), &["import", "staff", &staff, "--corrected", &fixed]));
    assert!(whole.contains("2 new") && !whole.contains("ONLY"), "{whole}");
    let none = anxiao(folder.path(), &["import", "staff", &staff, "--corrected", &staff]);
    assert!(!none.status.success() && text(&none).contains("错误表"), "{}", text(&none));
}
