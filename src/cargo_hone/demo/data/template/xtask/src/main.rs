//! Chores around the guide: `cargo xtask check-guide`, `cargo xtask guide-stats`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{bail, Context, Result};
use clap::{Parser, Subcommand};
use pulldown_cmark::{Event, Parser as Markdown, Tag};
use regex::Regex;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
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
    GuideStats {
        /// Write them into this file instead
        #[arg(long)]
        output: Option<PathBuf>,
    },
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
        Chore::GuideStats { output } => stats(&arguments.guide, output.as_deref()),
    }
}

/// The chapters that `text` links to.
fn links(text: &str) -> Vec<String> {
    Markdown::new(text)
        .filter_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. }) if dest_url.ends_with(".md") => Some(dest_url.into_string()),
            _ => None,
        })
        .collect()
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

fn stats(guide: &Path, output: Option<&Path>) -> Result<()> {
    let settings: BookToml = toml::from_str(&read(&guide.join("book.toml"))?)?;
    let source = guide.join("src");
    let word = Regex::new(r"\w+").expect("a constant");
    let mut chapters = Vec::new();
    for file in links(&read(&source.join("SUMMARY.md"))?) {
        let words = word.find_iter(&read(&source.join(&file))?).count();
        chapters.push(Chapter { file, words });
    }
    let stats = Stats { title: settings.book.title, chapters };
    emit(&stats, output)
}

/// Print a value as JSON, or put it into a file that is there complete or not at all.
fn emit(value: &impl serde_core::Serialize, output: Option<&Path>) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    match output {
        None => std::io::stdout().write_all(&text)?,
        Some(path) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let mut file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
            file.write_all(&text)?;
            file.persist(path)?;
        }
    }
    Ok(())
}
