//! Files in and out, and reports, from the command line.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use engine::io::{self, Added, Changed, Missing, Plan, Preview, Stopped};
use engine::save::Refused;
use engine::{App, Cx, Kind};
use kit::Lang;

use crate::options::{Config, Exchange, Import, Report, ReportFormat, ReportKind};
use crate::{county, prove};

/// As many lines of a kind are printed; the page and the workbook have more.
const SHOWN: usize = 20;

/// Finds a record type by its singular or its plural.
fn kind<'a>(app: &'a Arc<App>, name: &str) -> anyhow::Result<&'a Kind> {
    app.kind(name).or_else(|| app.kind_of(name)).with_context(|| {
        let known: Vec<_> = app.kinds().map(|kind| kind.noun.plural).collect();
        format!("nothing is called {name:?}; there are {}", known.join(", "))
    })
}

/// A refusal in words.
fn told(cx: &Cx, refused: &Refused) -> anyhow::Error {
    match refused {
        Refused::Faults(faults) => {
            anyhow::anyhow!("{}", faults.iter().map(|fault| cx.app.text(cx.lang, fault)).collect::<Vec<_>>().join("; "))
        }
        Refused::Forbidden => anyhow::anyhow!("{}", cx.word("error.forbidden")),
        Refused::Missing => anyhow::anyhow!("{}", cx.word("error.missing")),
        Refused::Stale => anyhow::anyhow!("{}", cx.word("error.record.stale")),
        Refused::Broken(error) => anyhow::anyhow!("{error}"),
    }
}

pub async fn import(config: &Config, import: &Import) -> anyhow::Result<()> {
    if let Some(errors) = &import.errors {
        writable(errors, &["xlsx"])?;
    }
    let app = county::open(config).await?;
    let cx = county::cx(&app, import.account.as_deref(), Lang::Zh).await?;
    let kind = kind(&app, &import.kind)?;
    let (name, bytes) = file(&import.file)?;
    let bar = prove::progress("", Some(1));
    let progress = |stage: &str, done: u64, total: u64| {
        bar.set_message(stage.to_owned());
        bar.set_length(total.max(1));
        bar.set_position(done);
    };
    let mut corrections = Vec::new();
    for path in &import.corrected {
        let (name, bytes) = file(path)?;
        corrections.push((name, bytes.into()));
    }
    let read = io::corrected(&cx, kind, (&name, bytes.into()), corrections, &progress).await;
    let mut plan = match read {
        Ok(plan) => plan,
        Err(stopped @ Stopped::Sheet(_)) => bail!("{}", told(&cx, &stopped.refused())),
        Err(Stopped::Refused(refused)) => bail!("{}", told(&cx, &refused)),
    };
    if !plan.faults.is_empty() {
        bar.finish_and_clear();
        return faulty(&cx, kind, &plan, import);
    }
    let mut would = Preview::default();
    if import.dry_run {
        would = io::preview(&cx, kind, &plan, SHOWN).await?;
    } else {
        let done = io::carry_out(&cx, kind, &mut plan, &progress).await;
        // What only the database could find out is a fault of a row like any other.
        if done.is_err() && !plan.faults.is_empty() {
            bar.finish_and_clear();
            return faulty(&cx, kind, &plan, import);
        }
        done.map_err(|refused| told(&cx, &refused))?;
        county::close(&app).await?;
    }
    bar.finish_and_clear();
    left_out(&plan, import);
    if import.corrected.is_empty() && io::is_of_faults(&cx, kind, &plan.table) {
        println!(
            "ONLY THE FAULTY ROWS of a file were in this workbook; for all rows of that file: `anxiao import {} FILE --corrected {}`",
            import.kind,
            import.file.display()
        );
    }
    list(&plan, &would);
    say(&plan, import.dry_run);
    Ok(())
}

/// A file's own name and its bytes.
fn file(path: &Path) -> anyhow::Result<(String, Vec<u8>)> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    Ok((path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(), bytes))
}

/// Says which columns and sheets were left out: a roster whose ID numbers were not read looks whole.
fn left_out(plan: &Plan, import: &Import) {
    if !plan.unread.is_empty() {
        println!(
            "NOT READ, because one sheet is imported at a time: the sheets {}\n(rows that they hold go into the same sheet or into a file of their own)",
            plan.unread.join(" / ")
        );
    }
    if !plan.ignored.is_empty() {
        println!(
            "NOT READ, because these headings are not known: {}\n(to import them, rename them as in the workbook of `anxiao template {} FILE`)",
            plan.ignored.join(" / "),
            import.kind
        );
    }
}

/// What a dry run found, a line for each record or field: `+` new, `~` changed, `-` not in the file.
fn list(plan: &Plan, would: &Preview) {
    let brief = |text: &str| if text.is_empty() { "—".to_owned() } else { io::short(text) };
    for Added { row, record } in &would.added {
        println!("+ row {row:>6}  {record}");
    }
    more(if would.added.is_empty() { 0 } else { plan.new - would.added.len() });
    for Changed { row, record, label, old, new, .. } in &would.changes {
        println!("~ row {row:>6}  {record}  {label}: {} → {}", brief(old), brief(new));
    }
    more(would.more);
    for Missing { record, .. } in &would.missing {
        println!("- not in the file: {record}");
    }
    more(if would.missing.is_empty() { 0 } else { plan.missing.len() - would.missing.len() });
}

/// That a list goes on.
fn more(count: usize) {
    if count > 0 {
        println!("… and {count} more");
    }
}

fn say(plan: &Plan, dry: bool) {
    println!(
        "{} new, {} changed, {} unchanged{}",
        plan.new,
        plan.changed,
        plan.unchanged,
        if dry { " (nothing was written)" } else { "" }
    );
    if !plan.missing.is_empty() {
        println!("{} of the same schools are not in the file; nothing was done to them", plan.missing.len());
    }
}

/// Says every fault, writes the workbook that can be corrected and fed back, and fails: never half a file.
fn faulty(cx: &Cx, kind: &Kind, plan: &Plan, import: &Import) -> anyhow::Result<()> {
    left_out(plan, import);
    for fault in plan.faults.iter().take(SHOWN) {
        let heading = fault.column.and_then(|column| plan.table.headings.get(column)).map_or("", String::as_str);
        println!("row {:>6}  {heading}  {}", fault.row, io::message(&cx.app, cx.lang, kind, fault));
    }
    more(plan.faults.len().saturating_sub(SHOWN));
    if let Some(path) = &import.errors {
        let tag = io::tag(&file(&import.file)?.1);
        let bytes =
            io::write_faults(&cx.app, kind, plan, cx.lang, Some(&tag)).map_err(|error| anyhow::anyhow!("{error}"))?;
        write(path, &bytes)?;
        println!("the faulty rows are in {}", path.display());
    }
    bail!("{} faults in {} rows; nothing was written", plan.faults.len(), plan.faulty())
}

/// A file whose name promises another form than it has is opened by nobody; a folder that is not there is said before the work, not after it.
fn writable(path: &Path, endings: &[&str]) -> anyhow::Result<()> {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    if !endings.iter().any(|known| ending == *known) {
        bail!("{}: its name must end in .{}", path.display(), endings.join(" or ."));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let there = std::fs::metadata(folder).with_context(|| folder.display().to_string())?;
    if there.is_dir() { Ok(()) } else { bail!("{} is not a folder", folder.display()) }
}

/// Writes a file as an export leaves one: its owner's, his group's, and nobody else's. The rows that an import refused hold ID numbers in the clear.
pub fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    use std::io::Write;
    let open = OpenOptions::new().write(true).create(true).truncate(true).mode(0o640).open(path);
    open.and_then(|mut file| file.write_all(bytes)).with_context(|| path.display().to_string())
}

pub async fn export(config: &Config, export: &Exchange) -> anyhow::Result<()> {
    writable(&export.file, &["xlsx", "csv"])?;
    let app = county::open(config).await?;
    let cx = county::cx(&app, export.account.as_deref(), export.lang).await?;
    let bar = prove::progress(&export.kind, None);
    bar.enable_steady_tick(std::time::Duration::from_millis(100));
    let kind = kind(&app, &export.kind)?;
    let asked: Vec<_> = engine::ask::everything(kind).into_iter().collect();
    let length = io::export_to(&cx, kind, &asked, &export.file).await.map_err(|refused| told(&cx, &refused))?;
    bar.finish_and_clear();
    println!("{} ({length} bytes)", export.file.display());
    Ok(())
}

pub async fn template(config: &Config, template: &Exchange) -> anyhow::Result<()> {
    writable(&template.file, &["xlsx"])?;
    let app = county::open(config).await?;
    let bytes = io::template_bytes(&app, kind(&app, &template.kind)?, template.lang)
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    write(&template.file, &bytes)?;
    println!("{}", template.file.display());
    Ok(())
}

pub async fn report(config: &Config, report: &Report) -> anyhow::Result<()> {
    let ReportKind::Year = report.kind;
    let app = county::open(config).await?;
    let cx = county::cx(&app, None, report.lang).await?;
    let year = areas::reports::year_report(&cx, report.year, report.cutoff).await;
    let year = year.map_err(|refused| told(&cx, &refused))?;
    let text = match report.format {
        ReportFormat::Md => areas::reports::render::markdown(&year),
        ReportFormat::Html => areas::reports::render::html(&year),
    };
    if let Some(path) = &report.out {
        return write(path, text.as_bytes());
    }
    print(&text)
}

/// To the terminal; whoever reads no further (`| head`) has what he wants.
fn print(text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        done => Ok(done?),
    }
}

pub async fn openapi(config: &Config) -> anyhow::Result<()> {
    let app = county::open(config).await?;
    print(&(serde_json::to_string_pretty(&engine::openapi::document(&app))? + "\n"))
}
