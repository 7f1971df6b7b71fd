//! Telling the kinds of files apart, and saying what a wrong file is.
#![allow(clippy::unwrap_used)]

mod support;

use goodword_formats::{Error, Found, Kind, detect};
use support::fixture;

#[test]
fn connections_and_cards_are_known_by_their_content_not_by_their_name() {
    for name in ["english.csv", "german.csv", "spreadsheet.csv", "windows_1252.csv"] {
        let bytes = fixture(&format!("linkedin/{name}"));
        assert_eq!(detect("download.txt", &bytes).unwrap(), Kind::LinkedIn, "{name}");
    }
    for name in ["apple.vcf", "outlook_21.vcf", "nextcloud_40.vcf", "broken.vcf"] {
        let bytes = fixture(&format!("vcard/{name}"));
        assert_eq!(detect("download.txt", &bytes).unwrap(), Kind::VCard, "{name}");
    }
}

#[test]
fn a_file_of_another_kind_is_named_with_a_hint() {
    let utf16: Vec<u8> = "\u{feff}BEGIN:VCARD".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let files: [(&str, &[u8], Found); 13] = [
        ("cv.pdf", b"%PDF-1.7\n", Found::Pdf),
        ("ada.png", b"\x89PNG\r\n\x1a\n", Found::Picture),
        ("ada.jpg", b"\xff\xd8\xff\xe0", Found::Picture),
        ("export.html", b"\n<!DOCTYPE html><html>", Found::Html),
        ("Basic_LinkedInDataExport.zip", b"PK\x03\x04\x14", Found::Zip),
        ("Connections.xlsx", b"PK\x03\x04\x14", Found::Office),
        ("Connections.xls", b"\xd0\xcf\x11\xe0\xa1", Found::Office),
        ("a.tgz", b"\x1f\x8b\x08", Found::Gzip),
        ("a.json", b"[{\"name\":\"Ada\"}]", Found::Json),
        ("a.ics", b"BEGIN:VCALENDAR\r\n", Found::Calendar),
        ("a.vcf", &utf16, Found::Utf16),
        ("messages.csv", &fixture("linkedin/messages.csv"), Found::OtherLinkedIn),
        ("contacts.csv", &fixture("linkedin/google.csv"), Found::GoogleCsv),
    ];
    for (name, bytes, expected) in files {
        let error = detect(name, bytes).unwrap_err();
        assert!(matches!(error, Error::WrongKind(found) if found == expected), "{name}: {error}");
        assert!(error.hint().is_some(), "{name}");
    }
}

#[test]
fn the_message_says_what_was_found_and_what_was_expected() {
    let error = detect("x.zip", b"PK\x03\x04").unwrap_err();
    assert_eq!(
        error.to_string(),
        "found a ZIP archive where a LinkedIn `Connections.csv` or a vCard file was expected"
    );
    let hint = error.hint().unwrap();
    assert!(hint.starts_with("unpack the archive"), "{hint}");

    let error = detect("prices.csv", b"Item,Price\nTea,3\n").unwrap_err();
    let message = error.to_string();
    assert!(message.starts_with("`prices.csv` is neither"), "{message}");
    assert!(message.contains("`First Name`"), "{message}");
}

#[test]
fn an_empty_file_is_called_empty() {
    assert!(matches!(detect("a.csv", b""), Err(Error::Empty)));
    assert!(matches!(detect("a.csv", b"\xef\xbb\xbf \r\n"), Err(Error::Empty)));
}
