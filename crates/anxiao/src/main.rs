//! `anxiao` (安校): keeps a county's schools safe without burying their teachers in paper.

mod county;
mod exchange;
mod keep;
mod live;
mod options;
mod patience;
mod people;
mod prove;
mod proxy;
mod rules;
mod sample;
mod serve;
mod spoken;
mod tls;
mod watch;

use clap::Parser;
use options::{Cli, Command, UserCommand};

#[tokio::main]
async fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    match run(cli).await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("anxiao: {}", told(&error));
            std::process::ExitCode::FAILURE
        }
    }
}

/// An error with its causes, each said once: some layers repeat what the one below them says.
fn told(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| {
        if said.contains(&cause) {
            said
        } else if cause.starts_with(&said) {
            cause
        } else {
            format!("{said}: {cause}")
        }
    })
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let mut config = options::configure(&cli)?;
    if matches!(cli.command, Command::Demo(_) | Command::Backup(_) | Command::Restore(_) | Command::Migrate { .. }) {
        // A statement that reads or writes a whole table takes its time; nobody needs to be warned of it.
        config.log.push_str(",sqlx::query=error");
    }
    serve::logging(&config)?;
    match cli.command {
        Command::Serve => serve::serve(&config).await,
        Command::Demo(demo) => sample::demo(&config, &demo).await,
        Command::Init(init) => people::init(&config, &init).await,
        Command::Migrate { back } => county::migrate(&config, back).await,
        Command::Backup(backup) => keep::save::backup(&config, &backup).await,
        Command::Restore(restore) => keep::restore::restore(&config, &restore).await,
        Command::Retain(retain) => keep::retain::retain(&config, &retain).await,
        Command::Doctor(doctor) => keep::doctor::doctor(&config, &doctor).await,
        Command::Import(import) => exchange::import(&config, &import).await,
        Command::Export(export) => exchange::export(&config, &export).await,
        Command::Template(template) => exchange::template(&config, &template).await,
        Command::Report(report) => exchange::report(&config, &report).await,
        Command::Verify => prove::verify(&config).await,
        Command::Rules(command) => rules::command(&command),
        Command::Openapi => exchange::openapi(&config).await,
        Command::RotateKeys => people::rotate(&config).await,
        Command::RollOver(roll_over) => people::roll_over(&config, &roll_over).await,
        Command::Erase(erase) => people::erase(&config, &erase).await,
        Command::Token { account, list: true, .. } => people::tokens(&config, &account).await,
        Command::Token { account, end: Some(id), .. } => people::end_token(&config, &account, id).await,
        Command::Token { account, .. } => people::token(&config, &account).await,
        Command::User(UserCommand::List) => people::list(&config).await,
        Command::User(UserCommand::Password { account }) => people::password(&config, &account).await,
        Command::User(UserCommand::Enable { account }) => people::enable(&config, &account).await,
        Command::User(UserCommand::Disable { account }) => people::disable(&config, &account).await,
        Command::User(UserCommand::Person { account, number }) => people::person(&config, &account, &number).await,
    }
}
