//! The header of `Connections.csv`, known by its cells and never by its line.
//!
//! Columns may come in any order and others may stand between them. A spreadsheet may have
//! changed the delimiter.

/// Delimiters that spreadsheets write.
const DELIMITERS: &[u8] = b",;\t";

const GIVEN: &[&str] = &["first name", "vorname"];
const FAMILY: &[&str] = &["last name", "nachname"];
const URL: &[&str] = &["url", "profile url", "profil-url"];
const EMAIL: &[&str] = &["email address", "e-mail-adresse"];
const COMPANY: &[&str] = &["company", "unternehmen", "firma"];
const POSITION: &[&str] = &["position"];
const CONNECTED: &[&str] = &["connected on", "verbunden am"];

/// Which column holds what.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) delimiter: u8,
    pub(crate) cells: usize,
    pub(crate) given: usize,
    pub(crate) family: usize,
    pub(crate) url: Option<usize>,
    pub(crate) email: Option<usize>,
    pub(crate) company: Option<usize>,
    pub(crate) position: Option<usize>,
    pub(crate) connected: Option<usize>,
}

impl Header {
    /// Returns the columns if the line is a header: both names, and an address or a date.
    pub(crate) fn find(line: &str) -> Option<Self> {
        DELIMITERS.iter().find_map(|delimiter| Self::with(line, *delimiter))
    }

    fn with(line: &str, delimiter: u8) -> Option<Self> {
        let cells: Vec<String> = line
            .split(char::from(delimiter))
            .map(|cell| cell.trim_matches(['"', ' ', '\u{feff}', '\u{a0}']).to_lowercase())
            .collect();
        let column = |names: &[&str]| cells.iter().position(|cell| names.contains(&&**cell));
        let header = Self {
            delimiter,
            cells: cells.len(),
            given: column(GIVEN)?,
            family: column(FAMILY)?,
            url: column(URL),
            email: column(EMAIL),
            company: column(COMPANY),
            position: column(POSITION),
            connected: column(CONNECTED),
        };
        let sure = header.url.is_some() && (header.company.is_some() || header.connected.is_some());
        sure.then_some(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_known_in_english_german_and_from_spreadsheets() {
        for line in [
            "First Name,Last Name,URL,Email Address,Company,Position,Connected On",
            "Vorname,Nachname,URL,E-Mail-Adresse,Unternehmen,Position,Verbunden am",
            "\"First Name\";\"Last Name\";\"URL\";\"Email Address\";\"Company\";\"Position\";\"Connected On\"",
        ] {
            let header = Header::find(line).unwrap();
            assert_eq!(header.cells, 7);
            assert_eq!(header.connected, Some(6));
        }
    }

    #[test]
    fn a_sentence_about_names_is_no_header() {
        assert_eq!(Header::find("First Name, Last Name and more"), None);
        assert_eq!(Header::find("Notes:"), None);
    }
}
