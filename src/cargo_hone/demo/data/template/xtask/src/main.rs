//! Chores around the guide: `cargo xtask check-guide`, `cargo xtask guide-stats`.

use std::path::{Path, PathBuf};

use anyhow::{bail, Context, Result};
use clap::{Parser, Subcommand};
use regex::Regex;
use serde::{Deserialize, Serialize};
use tracing::{debug, info};
use tracing_subscriber::EnvFilter;

#[derive(Parser)]
#[command(about = "Chores around the guide")]
struct Arguments {
    /// The directory of the book
    #[arg(long, default_value = "guide")]
    guide: PathBuf,
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Fail if a link between chapters leads nowhere
    CheckGuide,
    /// Print the number of words of each chapter, as JSON
    GuideStats,
}

#[derive(Deserialize)]
struct BookToml {
    book: Book,
}

#[derive(Deserialize)]
struct Book {
    title: String,
}

#[derive(Serialize)]
struct Stats {
    title: String,
    chapters: Vec<Chapter>,
}

#[derive(Serialize)]
struct Chapter {
    file: String,
    words: usize,
}

fn main() -> Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let arguments = Arguments::parse();
    match arguments.chore {
        Chore::CheckGuide => check(&arguments.guide),
        Chore::GuideStats => stats(&arguments.guide),
    }
}

/// The chapters that `text` links to.
fn links(text: &str) -> Vec<String> {
    let link = Regex::new(r"\]\(([^)#:]+\.md)\)").expect("a constant");
    link.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

fn read(path: &Path) -> Result<String> {
    debug!(path = %path.display(), "read");
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn check(guide: &Path) -> Result<()> {
    let source = guide.join("src");
    let mut pages = vec!["SUMMARY.md".to_owned()];
    pages.extend(links(&read(&source.join("SUMMARY.md"))?));
    for page in &pages {
        for target in links(&read(&source.join(page))?) {
            if !source.join(&target).is_file() {
                bail!("{page} links to {target}, which does not exist");
            }
        }
    }
    info!(pages = pages.len(), "every link leads somewhere");
    Ok(())
}

fn stats(guide: &Path) -> Result<()> {
    let settings: BookToml = toml::from_str(&read(&guide.join("book.toml"))?)?;
    let source = guide.join("src");
    let mut chapters = Vec::new();
    for file in links(&read(&source.join("SUMMARY.md"))?) {
        let words = read(&source.join(&file))?.split_whitespace().count();
        chapters.push(Chapter { file, words });
    }
    let stats = Stats { title: settings.book.title, chapters };
    println!("{}", serde_json::to_string_pretty(&stats)?);
    Ok(())
}
