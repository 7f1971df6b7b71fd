//! What is read from `Connections.csv`, as LinkedIn and as spreadsheets write it.
#![allow(clippy::unwrap_used)]

mod support;

use goodword_formats::{Error, Kind, Reason, Row, Summary, limits, read};
use jiff::civil::date;
use support::{fixture, labelled, linkedin, outcome};

#[test]
fn an_english_export_is_read_below_its_preamble() {
    let file = linkedin("english.csv");
    let [ada, bo, joerg] = file.people()[..] else {
        panic!("{:?}", file.rows);
    };
    assert_eq!(ada.place, 5);
    assert_eq!(ada.key.as_deref(), Some("linkedin:ada-rilo"));
    assert_eq!(ada.name, "Ada Rilo");
    assert_eq!((ada.given.as_deref(), ada.family.as_deref()), (Some("Ada"), Some("Rilo")));
    assert_eq!(ada.company.as_deref(), Some("Sakumi"));
    assert_eq!(ada.title.as_deref(), Some("Marketing Director"));
    assert_eq!(ada.emails, []);
    assert_eq!(ada.links, labelled(&[("linkedin", "https://www.linkedin.com/in/ada-rilo")]));
    assert_eq!(ada.connected_on, Some(date(2024, 3, 5)));
    assert_eq!(bo.key.as_deref(), Some("linkedin:bo-nato-1a2b3c"));
    assert_eq!(bo.emails, labelled(&[("", "bo.nato@sakumi.example")]));
    assert_eq!(bo.company.as_deref(), Some("Sakumi, Ltd."));
    assert_eq!(bo.title.as_deref(), Some("Head of \"Growth\""));
    assert_eq!(joerg.key.as_deref(), Some("linkedin:jörg-tolo"));
    let expected = Summary { read: 3, ..Summary::default() };
    assert_eq!(file.summary, expected);
}

#[test]
fn a_german_export_with_bom_crlf_and_a_longer_preamble_is_read() {
    let file = linkedin("german.csv");
    let [kai, uma] = file.people()[..] else {
        panic!("{:?}", file.rows);
    };
    assert_eq!(kai.name, "Kai Dunar");
    assert_eq!(kai.place, 8);
    assert_eq!(kai.key.as_deref(), Some("linkedin:kai-dunar"));
    assert_eq!(kai.emails, labelled(&[("", "kai@dunar.example")]));
    assert_eq!(kai.company.as_deref(), Some("Velmar GmbH"));
    assert_eq!(kai.connected_on, Some(date(2024, 3, 5)));
    assert_eq!(uma.title.as_deref(), Some("Ärztin"));
    assert_eq!(uma.connected_on, Some(date(2023, 3, 14)));
}

#[test]
fn every_row_has_one_outcome_and_padding_has_none() {
    let file = linkedin("rows.csv");
    assert_eq!(file.names(), ["Ada Rilo", "Bo Nato", "Leo"]);
    let [ada, bo, leo] = file.people()[..] else {
        panic!("{:?}", file.rows);
    };
    assert_eq!(ada.company.as_deref(), Some("Sakumi Holding"));
    assert_eq!(ada.title.as_deref(), Some("Director, \"Special\" Projects"));
    assert_eq!(bo.key, None);
    assert_eq!(bo.connected_on, Some(date(2023, 5, 18)));
    assert_eq!(leo.family, None);
    let skipped = |place, reason| Row::Skipped { place, reason };
    assert!(file.rows.contains(&skipped(6, Reason::WithoutName)));
    assert!(file.rows.contains(&skipped(9, Reason::Duplicate { of: 2 })));
    let expected = Summary { read: 3, skipped: 2, blank: 2, ..Summary::default() };
    assert_eq!(file.summary, expected);
}

#[test]
fn dates_are_read_in_each_form_and_impossible_ones_are_reported_with_the_row() {
    let file = linkedin("dates.csv");
    let dates: Vec<_> = file.people().iter().map(|person| person.connected_on).collect();
    let expected = [
        Some(date(2024, 3, 5)),
        Some(date(2023, 5, 18)),
        Some(date(2023, 3, 14)),
        Some(date(2024, 3, 5)),
        None,
        None,
        None,
    ];
    assert_eq!(dates, expected);
    let impossible = Reason::ImpossibleDate { text: "31 Feb 2024".to_owned() };
    assert_eq!(impossible.to_string(), "the date `31 Feb 2024` does not exist");
    assert_eq!(file.warnings(6), [impossible]);
    assert!(matches!(file.warnings(7), [Reason::AmbiguousDate { .. }]));
    assert!(matches!(file.warnings(8), [Reason::UnknownDate { .. }]));
    assert_eq!(file.summary.warned, 3);
}

#[test]
fn a_broken_row_does_not_take_the_rest_with_it() {
    let file = linkedin("broken.csv");
    assert_eq!(file.names(), ["Ada Rilo", "Kai Dunar", "Leo Tolo"]);
    let rejected = |place, reason| Row::Rejected { place, reason };
    assert!(file.rows.contains(&rejected(3, Reason::UnclosedQuote)));
    let cells = Reason::Cells { found: 8, expected: 7 };
    assert!(file.rows.contains(&rejected(5, cells)));
    assert_eq!(file.people()[2].company.as_deref(), Some("Pipes 5\" and more"));
}

#[test]
fn a_file_saved_again_with_semicolons_is_read() {
    let file = linkedin("spreadsheet.csv");
    let ada = file.only();
    assert_eq!(ada.company.as_deref(), Some("Sakumi, Ltd."));
    assert_eq!(ada.connected_on, Some(date(2024, 3, 5)));
}

#[test]
fn a_file_that_is_not_utf8_is_refused_with_the_offset() {
    let bytes = fixture("linkedin/windows_1252.csv");
    let error = read(Kind::LinkedIn, &bytes[..], &mut |_| {}).unwrap_err();
    let expected = bytes.iter().position(|byte| !byte.is_ascii()).unwrap() as u64;
    assert!(matches!(error, Error::NotUtf8 { offset } if offset == expected), "{error}");
    assert!(error.hint().unwrap().contains("CSV UTF-8"));
}

#[test]
fn a_csv_without_the_header_is_refused() {
    let error = read(Kind::LinkedIn, &b"a,b\n1,2\n"[..], &mut |_| {}).unwrap_err();
    assert!(matches!(error, Error::NoHeader { lines: 2 }), "{error}");
    let error = read(Kind::LinkedIn, &b""[..], &mut |_| {}).unwrap_err();
    assert!(matches!(error, Error::Empty), "{error}");
}

#[test]
fn a_line_of_200_megabytes_is_one_rejected_row() {
    use std::io::Read;
    let header = "First Name,Last Name,URL,Company\n";
    let endless = std::io::repeat(b'x').take(200 * 1024 * 1024);
    let source = header.as_bytes().chain(endless).chain(&b"\nAda,Rilo,,\n"[..]);
    let mut rows = Vec::new();
    let summary = read(Kind::LinkedIn, source, &mut |row| rows.push(row)).unwrap();
    assert_eq!((summary.read, summary.rejected), (1, 1));
    let limit = limits::RECORD_BYTES_MAX;
    let reason = Reason::TooLong { limit };
    assert_eq!(rows[0], Row::Rejected { place: 2, reason });

    let source = std::io::repeat(b'x').take(2 * 1024 * 1024);
    let error = read(Kind::LinkedIn, source, &mut |_| {}).unwrap_err();
    assert_eq!(error.to_string(), format!("line 1 exceeds {limit} bytes"));
}

#[test]
fn a_file_of_nothing_but_open_quotes_is_given_up() {
    let mut file = b"First Name,Last Name,URL,Company\n".to_vec();
    file.extend(b"a\",\"\n".repeat(50_000));
    let error = read(Kind::LinkedIn, &file[..], &mut |_| {}).unwrap_err();
    assert!(matches!(error, Error::TooManyRejected { .. }), "{error}");
}

#[test]
fn more_rows_than_the_limit_are_refused() {
    let mut file = b"First Name,Last Name,URL,Company\n".to_vec();
    file.extend(b"Ada,Rilo,,\n".repeat(limits::ROWS_MAX as usize + 1));
    let error = read(Kind::LinkedIn, &file[..], &mut |_| {}).unwrap_err();
    assert!(matches!(error, Error::TooManyRows { .. }), "{error}");
}

#[test]
fn old_mac_line_ends_are_read() {
    let file = outcome(
        Kind::LinkedIn,
        b"First Name,Last Name,URL,Company\rAda,Rilo,,Sakumi\rBo,Nato,,Sakumi",
    );
    assert_eq!(file.names(), ["Ada Rilo", "Bo Nato"]);
}
