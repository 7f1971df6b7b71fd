//! The same facts in SQLite, with the indexes and the full-text index that the questions need.

use std::path::Path;

use goodword_core::text;
use jiff::ToSpan;
use rusqlite::{Connection, OpenFlags, params};

use crate::book::{self, Conversation, Sizes, TODAY};
use crate::{Result, fixture};

const SCHEMA: &str = "
    CREATE TABLE people (
        id INTEGER PRIMARY KEY, folded TEXT, name TEXT, company TEXT, title TEXT, tier TEXT,
        next_on TEXT, next_why TEXT, connected_on TEXT, last TEXT);
    CREATE TABLE details (person INTEGER, kind TEXT, label TEXT, value TEXT);
    CREATE TABLE notes (id INTEGER PRIMARY KEY, person INTEGER, day TEXT, channel TEXT, text TEXT);
    CREATE TABLE counts (name TEXT PRIMARY KEY, value INTEGER);
    CREATE VIRTUAL TABLE words USING fts5(
        text, content='', tokenize='unicode61 remove_diacritics 2', prefix='2 3');
";

const INDEXES: &str = "
    CREATE INDEX people_by_name ON people (folded);
    CREATE INDEX people_by_company ON people (company);
    CREATE INDEX people_by_next ON people (next_on) WHERE next_on IS NOT NULL;
    CREATE INDEX people_by_last ON people (tier, last) WHERE tier IS NOT NULL;
    CREATE INDEX details_by_person ON details (person);
    CREATE INDEX notes_by_person ON notes (person, day);
    INSERT INTO counts VALUES ('people', (SELECT count(*) FROM people)),
        ('untriaged', (SELECT count(*) FROM people WHERE tier IS NULL));
    ANALYZE;
";

/// A row of the full-text index belongs to the person at (row / so many).
const ROWS_PER_PERSON: i64 = 1 << 20;

/// Makes the database of a network.
///
/// # Errors
/// If SQLite refuses.
pub fn make(path: &Path, sizes: Sizes) -> Result<()> {
    let mut database = Connection::open(path)?;
    database.execute_batch(SCHEMA)?;
    let transaction = database.transaction()?;
    {
        let mut people = transaction
            .prepare("INSERT INTO people VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL)")?;
        let mut details = transaction.prepare("INSERT INTO details VALUES (?1, ?2, ?3, ?4)")?;
        let mut words = transaction.prepare("INSERT INTO words (rowid, text) VALUES (?1, ?2)")?;
        for (place, person) in book::people(sizes).into_iter().enumerate() {
            let id = i64::try_from(place)?;
            let next = fixture::next_of(place);
            people.execute(params![
                id,
                text::fold(&person.name),
                person.name,
                person.company,
                person.title,
                fixture::tier(place).map(|tier| tier.to_string()),
                next.as_ref().map(|(on, _)| on.to_string()),
                next.map(|(_, why)| why),
                person.connected_on.map(|on| on.to_string()),
            ])?;
            for (kind, entry) in person.links.iter().map(|link| ("link", link)) {
                details.execute(params![id, kind, entry.label, entry.value])?;
            }
            let company = person.company.unwrap_or_default();
            let title = person.title.unwrap_or_default();
            let all = format!("{} {company} {title}", person.name);
            words.execute(params![id * ROWS_PER_PERSON, all])?;
        }
    }
    for n in 0..sizes.interactions {
        write(&transaction, n, &book::conversation(n, sizes))?;
    }
    transaction.execute_batch(INDEXES)?;
    transaction.commit()?;
    database.execute_batch("INSERT INTO words(words) VALUES ('optimize'); VACUUM;")?;
    Ok(())
}

/// Writes one conversation.
///
/// # Errors
/// If SQLite refuses.
pub fn write(database: &Connection, n: usize, said: &Conversation) -> Result<()> {
    let (person, n) = (i64::try_from(said.person)?, i64::try_from(n)?);
    let day = said.on.to_string();
    database
        .prepare_cached("INSERT INTO notes VALUES (NULL, ?1, ?2, ?3, ?4)")?
        .execute(params![person, day, said.channel.to_string(), said.text])?;
    database
        .prepare_cached("INSERT INTO words (rowid, text) VALUES (?1, ?2)")?
        .execute(params![person * ROWS_PER_PERSON + n + 1, said.text])?;
    database
        .prepare_cached("UPDATE people SET last = max(coalesce(last, ''), ?2) WHERE id = ?1")?
        .execute(params![person, day])?;
    Ok(())
}

/// Opens a database that is only read.
///
/// # Errors
/// If it cannot be opened.
pub fn open(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(path, flags)?)
}

/// People as lines of text, with how many there are.
pub struct Listed {
    /// The lines.
    pub lines: Vec<String>,
    /// How many match in all.
    pub total: u64,
}

const COLUMNS: &str = "name, company, title, tier, last";

fn line(row: &rusqlite::Row<'_>) -> rusqlite::Result<String> {
    let text = |at: usize| row.get::<_, Option<String>>(at).map(Option::unwrap_or_default);
    let (name, company, title) = (text(0)?, text(1)?, text(2)?);
    Ok(format!("{name:24} {company:16} {title:24} {:8} {}", text(3)?, text(4)?))
}

/// The first people by name.
///
/// # Errors
/// If SQLite refuses.
pub fn list(database: &Connection, limit: usize) -> Result<Listed> {
    let sql = format!("SELECT {COLUMNS} FROM people ORDER BY folded LIMIT ?1");
    let mut rows = database.prepare_cached(&sql)?;
    let lines = rows.query_map([i64::try_from(limit)?], line)?.collect::<rusqlite::Result<_>>()?;
    Ok(Listed { lines, total: count(database, "people")? })
}

/// People with a word that begins so.
///
/// # Errors
/// If SQLite refuses.
pub fn find(database: &Connection, beginning: &str, limit: usize) -> Result<Listed> {
    let mut hits = database.prepare_cached("SELECT rowid FROM words WHERE words MATCH ?1")?;
    let mut hits = hits.query([format!("{beginning}*")])?;
    // Rows come in order, so a person's are together.
    let (mut first, mut total, mut before) = (Vec::with_capacity(limit), 0, None);
    while let Some(hit) = hits.next()? {
        let person = hit.get::<_, i64>(0)? / ROWS_PER_PERSON;
        if before != Some(person) {
            before = Some(person);
            total += 1;
            if first.len() < limit {
                first.push(person);
            }
        }
    }
    let sql = format!("SELECT {COLUMNS} FROM people WHERE id = ?1");
    let mut person = database.prepare_cached(&sql)?;
    let lines: rusqlite::Result<_> =
        first.into_iter().map(|id| person.query_row([id], line)).collect();
    Ok(Listed { lines: lines?, total })
}

/// Who is due: next steps set by hand, then tiers whose cadence has run out.
///
/// # Errors
/// If SQLite refuses.
pub fn today(database: &Connection, limit: usize) -> Result<Listed> {
    let mut lines: Vec<String> = Vec::new();
    let mut total = 0;
    let sql = format!("SELECT {COLUMNS} FROM people WHERE next_on <= ?1 ORDER BY next_on");
    let mut due = database.prepare_cached(&sql)?;
    for row in due.query_map([TODAY.to_string()], line)? {
        lines.push(row?);
        total += 1;
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM people WHERE tier = ?1 AND last <= ?2 AND next_on IS NULL
         ORDER BY last"
    );
    let mut late = database.prepare_cached(&sql)?;
    for (tier, days) in [("inner", 30), ("active", 60), ("network", 90)] {
        let latest = TODAY.saturating_sub(i64::from(days).days()).to_string();
        for row in late.query_map([tier, &latest], line)? {
            lines.push(row?);
            total += 1;
        }
    }
    lines.truncate(limit);
    let untriaged = count(database, "untriaged")?;
    lines.push(format!("{untriaged} of {} without a tier", count(database, "people")?));
    Ok(Listed { lines, total })
}

fn count(database: &Connection, name: &str) -> Result<u64> {
    let sql = "SELECT value FROM counts WHERE name = ?1";
    let value: i64 = database.prepare_cached(sql)?.query_row([name], |row| row.get(0))?;
    Ok(u64::try_from(value)?)
}
